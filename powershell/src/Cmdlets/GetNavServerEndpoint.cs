using System;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Completion;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Lists how server instances are reached.</summary>
[Cmdlet(VerbsCommon.Get, "NAVServerEndpoint")]
[OutputType(typeof(Endpoint))]
public sealed class GetNavServerEndpoint : NavCommand
{
    /// <summary>The names of the server instances, full or short.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("ServerInstanceName")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ServerInstanceCompleter))]
    public string[]? ServerInstance { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var name in ServerInstance ?? new[] { "*" })
        {
            try
            {
                Write(name);
            }
            catch (NavSessionException exception)
            {
                WriteError(exception, name);
            }
        }
    }

    private void Write(string name)
    {
        var isPattern = WildcardPattern.ContainsWildcardCharacters(name);
        var found = NavEndpoints.All().Where(isPattern ? Matches(name) : IsCalled(name)).ToList();
        if (found.Count == 0 && !isPattern)
        {
            throw new NavSessionException(
                $"No endpoint is registered for server instance '{name}'.",
                "EndpointNotFound",
                nameof(ErrorCategory.ObjectNotFound),
                "Get-NAVServerEndpoint without a name lists those there are; Register-NAVServerEndpoint adds one.");
        }

        WriteObject(found, enumerateCollection: true);
    }

    private static Func<Endpoint, bool> Matches(string name)
    {
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return endpoint => pattern.IsMatch(endpoint.ServerInstance)
            || pattern.IsMatch(ServerInstanceNames.Of(endpoint.ServerInstance!).Full);
    }

    private static Func<Endpoint, bool> IsCalled(string name)
    {
        var shortName = ServerInstanceNames.Of(name).Short;
        return endpoint => string.Equals(endpoint.ServerInstance, shortName, StringComparison.OrdinalIgnoreCase);
    }
}
