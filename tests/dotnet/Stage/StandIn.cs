namespace NavServerSession.Tests.Stage;

/// <summary>
/// A stand-in for Microsoft's module, installed in a folder of modules; an engine with the module under test; and no endpoint.
/// </summary>
internal sealed class StandIn : IDisposable
{
    internal const string Nav = "Microsoft.Dynamics.Nav.Management";
    internal const string BusinessCentral = "Microsoft.BusinessCentral.Management";

    private const string Variable = "PSModulePath";

    private readonly string folder = Directory.CreateTempSubdirectory("nav-session-").FullName;
    private readonly string? before = Environment.GetEnvironmentVariable(Variable);

    /// <param name="names">What the modules are called.</param>
    /// <param name="answers">What the person at the host answers to its prompts.</param>
    internal StandIn(string[] names, params string[] answers)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            File.Copy(
                Path.Combine(ModuleUnderTest.Repository, "tests", "stand-in", "ManagementModule.psm1"),
                Path.Combine(folder, name, $"{name}.psm1"));
        }

        Environment.SetEnvironmentVariable(Variable, folder);
        Engine = new Engine(answers);
        Engine.Set("NavCalls", Calls);
        Run(
            """
            $global:NavSessions = @(
                @{ SessionID = 11; UserID = 'CRONUS\ANNA'; ClientType = 'WebClient'; ClientComputerName = 'PC042'
                   LoginDatetime = [datetime]::Now.AddHours(-3); SessionUniqueID = [guid] '11111111-0000-0000-0000-000000000000' }
                @{ SessionID = 14; UserID = 'CRONUS\MARIA'; ClientType = 'WindowsClient'; ClientComputerName = 'PC007'
                   LoginDatetime = [datetime]::Now.AddMinutes(-30); SessionUniqueID = [guid] '14141414-0000-0000-0000-000000000000'
                   'Entry Point Operation' = 'Report'; 'Current Object Name' = 'Sales'; 'Current Object ID' = 80 }
                @{ SessionID = -19; UserID = 'CRONUS\TOM'; ClientType = 'WebClient'; ClientComputerName = 'PC042'
                   LoginDatetime = [datetime]::Now.AddDays(-2); SessionUniqueID = [guid] '19191919-0000-0000-0000-000000000000' }
            )
            """).IsSilent();
    }

    internal Engine Engine { get; }

    internal EndpointsFile Endpoints { get; } = new();

    internal RecordingHost Host => Engine.Host;

    /// <summary>What the commands of the stand-in were called with, a line each.</summary>
    internal System.Collections.ArrayList Calls { get; } = System.Collections.ArrayList.Synchronized([]);

    /// <summary>The calls that remove.</summary>
    internal List<string> Removals => [.. Calls.Cast<string>().Where(call => call.StartsWith("Remove-"))];

    /// <summary>How often sessions were listed.</summary>
    internal int Lists => Calls.Cast<string>().Count(call => call.StartsWith("Get-"));

    internal List<int> SessionIds =>
        [.. Run("$global:NavSessions | ForEach-Object { $_.SessionID }").Output.Select(id => (int)id.BaseObject)];

    internal Run Run(string script, object? value = null) => Engine.Run(script, value);

    /// <summary>Adds a stand-in whose commands are cmdlets, and gives its file.</summary>
    internal string InstallCmdlets(string name)
    {
        StandInCmdlets.Sessions = [11, 14];
        var manifest = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "cmdlets", name)).FullName, $"{name}.psd1");
        File.WriteAllText(
            manifest, $"@{{ ModuleVersion = '1.0'; RootModule = '{typeof(StandInCmdlets).Assembly.Location}'; CmdletsToExport = '*' }}");
        return manifest;
    }

    public void Dispose()
    {
        Engine.Dispose();
        Endpoints.Dispose();
        Environment.SetEnvironmentVariable(Variable, before);
        Directory.Delete(folder, recursive: true);
    }
}
