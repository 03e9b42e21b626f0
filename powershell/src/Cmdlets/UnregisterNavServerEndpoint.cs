using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Forgets how a server instance is reached.</summary>
[Cmdlet(
    VerbsLifecycle.Unregister,
    "NAVServerEndpoint",
    DefaultParameterSetName = ServerInstanceSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Medium)]
public sealed class UnregisterNavServerEndpoint : ServerInstanceCommand
{
    /// <summary>For whom it was registered.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public EndpointScope Scope { get; set; } = EndpointScope.User;

    private protected override void Process(string serverInstance, PipedObject? piped)
    {
        object target = piped is null ? serverInstance : InputObject!;
        try
        {
            var name = ServerInstanceNames.Of(serverInstance).Short;
            if (ShouldProcess(name, $"Unregister endpoint for {Scope}"))
            {
                NavEndpoints.Unregister(name, Scope);
            }
        }
        catch (NavSessionException exception)
        {
            WriteError(exception, target);
        }
    }
}
