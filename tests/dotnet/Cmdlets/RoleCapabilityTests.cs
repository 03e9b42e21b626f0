using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What the example of a session configuration lets each role do, in an engine that is set up by it.</summary>
public sealed class RoleCapabilityTests : IDisposable
{
    private const string HelpDesk = @"CRONUS\NAV Help Desk";
    private const string Operators = @"CRONUS\NAV Operators";
    private const string Variable = "PSModulePath";

    /// <summary>What every restricted session has, for whoever enters it.</summary>
    private static readonly string[] OfEverySession =
        ["Clear-Host", "Exit-PSSession", "Get-Command", "Get-FormatData", "Get-Help", "Measure-Object", "Out-Default", "Select-Object"];

    private readonly string folder = Directory.CreateTempSubdirectory("nav-session-").FullName;
    private readonly string? before = Environment.GetEnvironmentVariable(Variable);
    private readonly EndpointsFile endpoints = new();

    public RoleCapabilityTests() =>
        Environment.SetEnvironmentVariable(
            Variable, string.Join(Path.PathSeparator, Path.GetDirectoryName(ModuleUnderTest.Folder), folder));

    public void Dispose()
    {
        endpoints.Dispose();
        Environment.SetEnvironmentVariable(Variable, before);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(HelpDesk, "Get-NAVServerEndpoint Get-NAVServerSession Test-NAVServerEndpoint")]
    [InlineData(Operators, "Get-NAVServerEndpoint Get-NAVServerSession Remove-NAVServerSession Test-NAVServerEndpoint")]
    public void A_role_sees_its_cmdlets_and_no_others(string group, string cmdlets)
    {
        using var session = Session(group);

        Assert.Equal(PSLanguageMode.NoLanguage, session.SessionStateProxy.LanguageMode);
        var visible = Invoke(session, new Command("Get-Command")).Output
            .Select(command => (CommandInfo)command.BaseObject)
            .ToList();
        Assert.Equal(
            cmdlets.Split(' '), visible.Where(command => command.ModuleName == "NavServerSession").Select(command => command.Name).Order());
        Assert.Empty(visible.Where(command => command.ModuleName != "NavServerSession").Select(command => command.Name).Except(OfEverySession));
    }

    [Fact]
    public void An_operator_pipes_the_list_into_the_removal()
    {
        using var server = new Emulator();
        endpoints.Write("DynamicsNAV", server.Soap);
        using var session = Session(Operators);

        var run = Invoke(session, List(@"*\MARIA"), new Command("Remove-NAVServerSession") { Parameters = { { "Force", true } } });

        run.IsSilent();
        Assert.DoesNotContain(14, server.SessionIds());
        Assert.Contains(11, server.SessionIds());
    }

    [Theory]
    [InlineData(HelpDesk, "Remove-NAVServerSession")]
    [InlineData(HelpDesk, "Register-NAVServerEndpoint")]
    [InlineData(Operators, "Register-NAVServerEndpoint")]
    [InlineData(Operators, "Unregister-NAVServerEndpoint")]
    [InlineData(Operators, "Microsoft.PowerShell.Core\\Import-Module")]
    [InlineData(Operators, "Microsoft.PowerShell.Core\\Where-Object")]
    public void What_a_role_does_not_have_is_not_found(string group, string command)
    {
        using var session = Session(group);

        Assert.Throws<CommandNotFoundException>(() => Invoke(session, new Command(command)));
    }

    [Fact]
    public void A_script_is_refused()
    {
        using var session = Session(Operators);

        Assert.Contains("no-language mode", Assert.ThrowsAny<RuntimeException>(() => Invoke(session, new Command("1 + 1", isScript: true))).Message);
    }

    [Fact]
    public void Microsofts_module_does_the_work_where_no_endpoint_is_known()
    {
        // Nobody can set variables in such a session, so the module brings its own.
        var module = Directory.CreateDirectory(Path.Combine(folder, StandIn.Nav)).FullName;
        var source = File.ReadAllText(Path.Combine(ModuleUnderTest.Repository, "tests", "stand-in", "ManagementModule.psm1"));
        File.WriteAllText(
            Path.Combine(module, $"{StandIn.Nav}.psm1"),
            """
            $global:NavCalls = [System.Collections.ArrayList]::new()
            $global:NavSessions = @(
                @{ SessionID = 11; UserID = 'CRONUS\ANNA'; LoginDatetime = [datetime]::Now.AddHours(-3) }
                @{ SessionID = 14; UserID = 'CRONUS\MARIA'; LoginDatetime = [datetime]::Now.AddHours(-2) }
            )

            """ + source);
        using var session = Session(Operators);

        var removal = new Command("Remove-NAVServerSession") { Parameters = { { "Force", true }, { "PassThru", true } } };
        var run = Invoke(session, List(@"*\MARIA"), removal);

        Assert.Empty(run.Errors);
        Assert.Equal(14, Assert.IsType<RemovedSession>(Assert.Single(run.Output).BaseObject).SessionID);
        Assert.Equal([11], Invoke(session, List("*")).Output.Select(row => ((Session)row.BaseObject).SessionID));
    }

    private static Command List(string userId) =>
        new("Get-NAVServerSession") { Parameters = { { "ServerInstance", "DynamicsNAV" }, { "UserId", userId } } };

    private static Run Invoke(Runspace session, params Command[] commands)
    {
        using var shell = PowerShell.Create(session);
        foreach (var command in commands)
        {
            shell.Commands.AddCommand(command);
        }

        // Whoever asks from outside is not trusted, and what a cmdlet does inside is.
        return new Run(shell.Invoke(), shell.Streams);
    }

    /// <summary>A session as members of a group get it.</summary>
    private Runspace Session(string group)
    {
        var example = File.ReadAllText(Path.Combine(ModuleUnderTest.Repository, "docs", "jea", "NavServerSession.pssc"));
        var file = Path.Combine(folder, "NavServerSession.pssc");
        // Accounts and folders of a domain, which are not here.
        File.WriteAllText(file, Regex.Replace(example, @"(?m)^\s*(GroupManagedServiceAccount|TranscriptDirectory)\s*=.*$", string.Empty));
        var state = InitialSessionState.CreateFromSessionConfigurationFile(file, role => role == group);
        var session = RunspaceFactory.CreateRunspace(state);
        session.Open();
        return session;
    }
}
