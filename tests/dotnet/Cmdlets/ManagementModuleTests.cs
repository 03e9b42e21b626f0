using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>Where no endpoint is known, Microsoft's module does the work.</summary>
public sealed class ManagementModuleTests : IDisposable
{
    private const string Confirmed = "-Force True -Confirm False -WhatIf False";

    private StandIn server = new([StandIn.Nav]);

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData(StandIn.Nav, true)]
    [InlineData(StandIn.Nav, false)]
    [InlineData(StandIn.BusinessCentral, true)]
    [InlineData(StandIn.BusinessCentral, false)]
    public void A_module_that_is_loaded_or_installed_lists_and_removes(string name, bool isLoaded)
    {
        Restart([name]);
        if (isLoaded)
        {
            server.Run($"Import-Module {name} -DisableNameChecking");
        }

        server.Run("NavServerSession\\Get-NAVServerSession BC -UserId *\\anna | NavServerSession\\Remove-NAVServerSession -Force").IsSilent();

        Assert.Equal([Sorted($"Remove-NAVServerSession -ServerInstance BC -SessionId 11 {Confirmed}")], server.Removals.Select(Sorted));
        Assert.Equal([14, -19], server.SessionIds);
    }

    [Fact]
    public void Rows_are_sessions_with_all_that_the_module_tells()
    {
        var run = server.Run("Get-NAVServerSession BC -SessionId 14 -Tenant default");

        var row = Assert.IsType<Session>(Assert.Single(run.Output).BaseObject);
        Assert.Equal(("BC", "default", "BC", 14), (row.ServerInstance, row.Tenant, row.ServerInstanceName, row.SessionID));
        Assert.Equal((@"CRONUS\MARIA", "WindowsClient", "PC007"), (row.UserID, row.ClientType, row.ClientComputerName));
        Assert.Equal(Guid.Parse("14141414-0000-0000-0000-000000000000"), row.SessionUniqueID);
        Assert.Equal(("Report", "Sales", 80L), (row.EntryPointOperation, row.CurrentObjectName, row.CurrentObjectID));
        Assert.Null(row.DatabaseName);
        Assert.False(row.OwnSession);
        Assert.Equal(["Get-NAVServerSession -ServerInstance BC -Tenant default"], server.Calls);
    }

    [Fact]
    public void Rows_with_the_names_of_NAV_2013_and_copies_from_another_process_are_read()
    {
        var spaced = new PSObject();
        spaced.Properties.Add(new PSNoteProperty("Session ID", 7));
        spaced.Properties.Add(new PSNoteProperty("User ID", "ANNA"));
        spaced.Properties.Add(new PSNoteProperty("Login Datetime", DateTime.UtcNow.AddHours(-1)));
        server.Run(
            """
            New-Module -Name Microsoft.Dynamics.Nav.Management {
                function Get-NAVServerSession { [CmdletBinding()] param($ServerInstance) $global:value }
                function Remove-NAVServerSession { [CmdletBinding()] param($ServerInstance, $SessionId) }
            } | Import-Module -DisableNameChecking
            """);

        var run = server.Run(
            "NavServerSession\\Get-NAVServerSession BC", PSSerializer.Deserialize(PSSerializer.Serialize(spaced)));

        var row = Assert.IsType<Session>(Assert.Single(run.Output).BaseObject);
        Assert.Equal((7, "ANNA"), (row.SessionID, row.UserID));
        Assert.Equal(60, row.Age!.Value.TotalMinutes, 1.0);
    }

    [Theory]
    [InlineData("-ClientType web*", "11 -19")]
    [InlineData("-ClientType Web* -UserId *TOM, *ANNA -ClientComputerName pc04?", "11 -19")]
    [InlineData("-SessionId 14, -19", "14 -19")]
    [InlineData("-OlderThan 1.12:00", "-19")]
    [InlineData("-UserId nobody", "")]
    public void Filters_say_which(string filter, string expected)
    {
        var run = server.Run($"Get-NAVServerSession BC {filter}");

        Assert.Empty(run.Errors);
        Assert.Equal(expected, string.Join(' ', run.Output.Select(row => ((Session)row.BaseObject).SessionID)));
    }

    [Fact]
    public void A_row_that_is_piped_in_is_looked_up_again()
    {
        var run = server.Run(
            """
            $NavSessions | ForEach-Object { $_.Remove('SessionUniqueID') }
            $rows = Get-NAVServerSession BC -SessionId 11, 14
            $NavSessions[0].LoginDatetime = [datetime]::Now
            $rows | Get-NAVServerSession
            """);

        Assert.Empty(run.Errors);
        Assert.Equal(14, ((Session)Assert.Single(run.Output).BaseObject).SessionID);
    }

    [Fact]
    public void An_id_that_is_not_there_and_a_pattern_that_is_none_are_errors()
    {
        var run = server.Run("Get-NAVServerSession BC -SessionId 4711; Get-NAVServerSession BC -UserId '['");

        Assert.Equal(["SessionNotFound", "InvalidPattern"], run.ErrorIds);
    }

    [Fact]
    public void A_time_without_a_zone_counts_as_older_only_where_it_is_in_every_zone_it_can_be_of()
    {
        using var zone = new LocalZone("America/New_York");
        // The first began a moment ago by a clock that is ahead.
        server.Run("$NavSessions[0].LoginDatetime = [datetime]::Now.AddSeconds(30); $NavSessions[1].LoginDatetime = [datetime]::Now.AddMinutes(-3)");

        var run = server.Run("Get-NAVServerSession BC -OlderThan 1:00");

        Assert.Equal(-19, ((Session)Assert.Single(run.Output).BaseObject).SessionID);
    }

    [Fact]
    public void Of_several_instances_each_is_reached_in_its_own_way()
    {
        using var emulator = new Emulator();
        server.Endpoints.Write("DynamicsNAV", emulator.Soap);

        var run = server.Run("'DynamicsNAV', 'BC' | Get-NAVServerSession -SessionId 11");

        Assert.Equal(["DynamicsNAV", "BC"], run.Output.Select(row => ((Session)row.BaseObject).ServerInstance));
        Assert.Equal(["Get-NAVServerSession -ServerInstance BC"], server.Calls);
    }

    [Fact]
    public void Where_an_endpoint_is_registered_the_module_stays_unloaded()
    {
        using var emulator = new Emulator();
        server.Endpoints.Write("DynamicsNAV", emulator.Soap);

        var run = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force; Get-Module -All");

        Assert.Empty(run.Errors);
        Assert.DoesNotContain(run.Output, module => ((PSModuleInfo)module.BaseObject).Name == StandIn.Nav);
        Assert.DoesNotContain(11, emulator.SessionIds());
        Assert.Empty(server.Calls);
    }

    [Fact]
    public void Without_the_module_nothing_known_is_the_error_it_always_was()
    {
        Restart([]);

        var run = server.Run("Get-NAVServerSession BC; 14 | Remove-NAVServerSession BC -SessionId 11 -Force");

        Assert.Equal("EndpointNotFound", run.ErrorIds[0]);
        Assert.Contains("Microsoft's administration module", run.Errors[0].ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void A_module_that_cannot_be_loaded_is_an_error_with_the_reason()
    {
        var file = server.Run("(Get-Module -ListAvailable).Path").Output.Select(path => path.ToString()).Single(path => path!.Contains(StandIn.Nav));
        File.WriteAllText(file!, "throw 'It needs another framework.'");

        var run = server.Run("Get-NAVServerSession BC");

        Assert.Equal(["ManagementModuleNotLoaded"], run.ErrorIds);
        Assert.Contains("It needs another framework.", run.Error.Exception.Message);
    }

    [Theory]
    [InlineData("$row = Get-NAVServerSession BC -SessionId 11; $NavSessions[0].SessionUniqueID = [guid]::NewGuid()", "$row")]
    [InlineData("$row = Get-NAVServerSession BC -SessionId 11; $NavSessions[0].Remove('SessionUniqueID'); $NavSessions[0].LoginDatetime = [datetime]::Now", "$row")]
    [InlineData("$row = Microsoft.Dynamics.Nav.Management\\Get-NAVServerSession BC | Where-Object SessionID -eq 11; $NavSessions[0].LoginDatetime = [datetime]::Now", "$row")]
    public void An_id_that_belongs_to_another_session_by_now_is_left_alone(string change, string row)
    {
        var run = server.Run($"{change}\n{row} | NavServerSession\\Remove-NAVServerSession -Force");

        Assert.Equal(["SessionChanged"], run.ErrorIds);
        Assert.Equal("Session 11 on MicrosoftDynamicsNavServer$BC is another one by now: its unique id or login time is not the one given. It was not removed.", run.Error.Exception.Message);
        Assert.Empty(server.Removals);
    }

    [Theory]
    [InlineData("-SessionUniqueId 22222222-0000-0000-0000-000000000000")]
    [InlineData("-LoginDatetime 2020-01-01T00:00:00Z")]
    public void What_the_command_line_says_is_compared_too(string expected)
    {
        var run = server.Run($"Remove-NAVServerSession BC -SessionId 11 -Force {expected}");

        Assert.Equal(["SessionChanged"], run.ErrorIds);
        Assert.Empty(server.Removals);
    }

    [Fact]
    public void An_id_that_is_not_there_is_an_error_and_a_row_that_has_ended_is_none()
    {
        var run = server.Run(
            """
            $row = Get-NAVServerSession BC -SessionId 11
            $NavSessions = $NavSessions[1, 2]
            $row | Remove-NAVServerSession -Force -PassThru
            Remove-NAVServerSession BC -SessionId 11 -Force -Tenant default
            """);

        Assert.Equal(RemovalOutcome.NotFound, Assert.IsType<RemovedSession>(Assert.Single(run.Output).BaseObject).Outcome);
        Assert.Equal(["SessionNotFound"], run.ErrorIds);
        Assert.Equal("There is no session 11 on MicrosoftDynamicsNavServer$BC, tenant default.", run.Error.Exception.Message);
        Assert.Empty(server.Removals);
    }

    [Fact]
    public void The_prompt_says_whose_session_it_is_and_No_leaves_it()
    {
        Restart([StandIn.Nav], "No", "Yes");

        server.Run("Remove-NAVServerSession BC -SessionId 11, 14").IsSilent();

        Assert.Equal(
            [
                @"Remove session 11 (CRONUS\ANNA, WebClient on PC042) from MicrosoftDynamicsNavServer$BC",
                @"Remove session 14 (CRONUS\MARIA, WindowsClient on PC007) from MicrosoftDynamicsNavServer$BC",
            ],
            server.Host.Questions);
        Assert.Equal([11, -19], server.SessionIds);
    }

    [Fact]
    public void A_session_that_is_another_one_after_the_question_is_left_alone()
    {
        Restart([StandIn.Nav], "Yes");
        var session = (Hashtable)Assert.Single(server.Run("$NavSessions[0]").Output).BaseObject;
        server.Host.WhileAsked = () =>
        {
            session["SessionUniqueID"] = Guid.NewGuid();
            // As long as a list counts as one of now.
            Thread.Sleep(TimeSpan.FromSeconds(1.1));
        };

        var run = server.Run("Remove-NAVServerSession BC -SessionId 11");

        Assert.Equal(["SessionChanged"], run.ErrorIds);
        Assert.Empty(server.Removals);
    }

    [Fact]
    public void WhatIf_calls_nothing()
    {
        var run = server.Run("Remove-NAVServerSession BC -SessionId 11 -WhatIf; Remove-NAVServerSession BC -SessionId 14 -Force -WhatIf");

        Assert.Empty(run.Errors);
        Assert.Equal(2, server.Host.Lines.Count(line => line.StartsWith("What if: Remove session 1")));
        Assert.Empty(server.Calls);
    }

    [Fact]
    public void Preferences_neither_ask_again_nor_hold_a_removal_back()
    {
        server.Run(
            """
            $global:WhatIfPreference = $true
            $global:ConfirmPreference = 'Low'
            Remove-NAVServerSession BC -SessionId 11 -WhatIf:$false -Confirm:$false
            """).IsSilent();

        Assert.Single(server.Removals);
        Assert.Empty(server.Host.Questions);
    }

    [Fact]
    public void PassThru_writes_what_is_gone()
    {
        var run = server.Run("Get-NAVServerSession BC -ClientType WebClient | Remove-NAVServerSession -Force -PassThru");

        var removed = run.Output.Select(row => (RemovedSession)row.BaseObject).ToList();
        Assert.Equal([(11, @"CRONUS\ANNA", RemovalOutcome.Removed), (-19, @"CRONUS\TOM", RemovalOutcome.Removed)],
            removed.Select(row => (row.SessionID, row.UserID, row.Outcome)));
        Assert.Equal([14], server.SessionIds);
    }

    [Fact]
    public void Removals_right_after_another_are_compared_with_one_list()
    {
        server.Run("Remove-NAVServerSession BC -SessionId 11, 14, -19 -Force").IsSilent();

        Assert.Equal(3, server.Removals.Count);
        Assert.Equal(1, server.Lists);
    }

    [Fact]
    public void Wait_looks_until_the_sessions_are_gone()
    {
        var run = server.Run(
            """
            $global:Ended = @()
            $global:Looks = 0
            $global:NavOnRemove = { param($id) $global:Ended += $id }
            $global:NavBeforeList = {
                if ($Ended.Count -eq 2 -and ++$global:Looks -eq 3) { $global:NavSessions = @($NavSessions | Where-Object SessionID -eq -19) }
            }
            Remove-NAVServerSession BC -SessionId 11, 14 -Force -Wait -PassThru
            """);

        Assert.Empty(run.Errors);
        Assert.Equal([11, 14], run.Output.Select(row => ((RemovedSession)row.BaseObject).SessionID).Order());
        Assert.Equal(2, server.Removals.Count);
        Assert.InRange(server.Lists, 3, 5);
    }

    [Fact]
    public void A_session_that_stays_is_an_error_when_the_wait_ends()
    {
        var run = server.Run("$global:NavOnRemove = { }; Remove-NAVServerSession BC -SessionId 11 -Force -Wait -TimeoutSec 1 -PassThru");

        Assert.Equal(["SessionStillPresent"], run.ErrorIds);
        Assert.Equal(ErrorCategory.OperationTimeout, run.Error.CategoryInfo.Category);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void What_the_module_says_is_passed_on()
    {
        var run = server.Run(
            """
            Get-NAVServerSession Stopped
            $global:NavOnRemove = { param($id) if ($id -eq 11) { throw 'You do not have access to the server.' } }
            Remove-NAVServerSession BC -SessionId 11, 14 -Force -PassThru
            """);

        Assert.Equal(["ManagementModuleFailed", "ManagementModuleFailed"], run.ErrorIds);
        Assert.Equal("The server instance MicrosoftDynamicsNavServer$Stopped is not running.", run.Errors[0].Exception.Message);
        Assert.Equal(ErrorCategory.ConnectionError, run.Errors[0].CategoryInfo.Category);
        Assert.Contains($@"{StandIn.Nav}\Get-NAVServerSession", run.Errors[0].ErrorDetails.RecommendedAction);
        Assert.Equal("You do not have access to the server.", run.Errors[1].Exception.Message);
        Assert.Equal(11, run.Targets[1]);
        Assert.Equal(14, Assert.IsType<RemovedSession>(Assert.Single(run.Output).BaseObject).SessionID);
    }

    [Fact]
    public void A_session_that_is_gone_after_an_error_is_removed()
    {
        var run = server.Run(
            """
            $global:NavOnRemove = { $global:NavSessions = @($NavSessions | Where-Object SessionID -ne 11); throw 'The connection broke.' }
            Remove-NAVServerSession BC -SessionId 11 -Force -PassThru -Verbose
            """);

        Assert.Empty(run.Errors);
        Assert.Equal(RemovalOutcome.Removed, Assert.IsType<RemovedSession>(Assert.Single(run.Output).BaseObject).Outcome);
        Assert.Contains("The connection broke.", run.Verbose);
    }

    [Theory]
    [InlineData("-Credential")]
    [InlineData("-AccessToken")]
    public void Who_signs_in_cannot_be_said(string parameter)
    {
        var password = new System.Security.SecureString();
        password.AppendChar('x');
        object value = parameter == "-Credential" ? new PSCredential("ANNA", password) : password;

        var run = server.Run($"Get-NAVServerSession BC {parameter} $value; Remove-NAVServerSession BC -SessionId 11 -Force {parameter} $value", value);

        Assert.Equal(["CredentialNotAccepted", "CredentialNotAccepted"], run.ErrorIds);
        Assert.Contains($"takes no {parameter}", run.Errors[0].Exception.Message);
        Assert.Empty(server.Calls);
    }

    [Fact]
    public void What_has_no_effect_there_is_warned_of()
    {
        var run = server.Run(
            "Get-NAVServerSession BC -ExcludeOwnSession | Out-Null; "
            + "Remove-NAVServerSession BC -SessionId 11, 14 -Force -Comment x -SkipCertificateCheck -ThrottleLimit 1");

        Assert.Empty(run.Errors);
        Assert.Equal(
            [
                $"{StandIn.Nav} does not say which session is its own, so -ExcludeOwnSession has no effect on MicrosoftDynamicsNavServer$BC.",
                $"{StandIn.Nav} takes no -Comment, so it has no effect on MicrosoftDynamicsNavServer$BC.",
                $"{StandIn.Nav} takes no -SkipCertificateCheck, so it has no effect on MicrosoftDynamicsNavServer$BC.",
            ],
            run.Warnings);
    }

    [Fact]
    public void Tenant_and_retries_are_passed_on()
    {
        server.Run("Remove-NAVServerSession BC -Tenant two -SessionId 11 -Force -RetryMode Fixed -MaxRetries 2 -NetworkTimeout 0:00:05 -DelayBetweenRetries 0:00:01").IsSilent();

        const string common = "-Tenant two -RetryMode Fixed -MaxRetries 2 -NetworkTimeout 00:00:05 -DelayBetweenRetries 00:00:01";
        Assert.Equal(
            [
                Sorted($"Get-NAVServerSession -ServerInstance BC {common}"),
                Sorted($"Remove-NAVServerSession -ServerInstance BC -SessionId 11 {common} {Confirmed}"),
            ],
            server.Calls.Cast<string>().Select(Sorted));
    }

    [Fact]
    public void Verbose_says_which_module_is_used_and_why_and_passes_its_lines_on()
    {
        var run = server.Run("Remove-NAVServerSession BC -SessionId 11 -Force -Verbose");

        Assert.Equal(
            [
                $"No endpoint is known for MicrosoftDynamicsNavServer$BC, so Microsoft's module {StandIn.Nav} is used.",
                "Remove session 11 from MicrosoftDynamicsNavServer$BC",
                "Opening admin connection to ServerInstance 'BC'",
                "Removed session 11 from MicrosoftDynamicsNavServer$BC.",
            ],
            run.Verbose);
    }

    [Theory]
    [InlineData("Get-NAVServerSession BC")]
    [InlineData("Remove-NAVServerSession BC -SessionId 11 -Force")]
    public void A_call_of_the_module_ends_when_the_pipeline_is_stopped(string script)
    {
        using var begun = new ManualResetEventSlim();
        server.Engine.Set("begun", begun);
        using var shell = server.Engine.Shell(
            "$global:NavBeforeList = { if (-not $NavCalls[-1].StartsWith('Remove')) { $begun.Set(); while ($true) { } } }; " + script);
        var running = shell.BeginInvoke();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(30)));
        var clock = Stopwatch.StartNew();

        shell.Stop();

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.True(running.IsCompleted);
        Assert.Empty(server.Removals);
    }

    [Fact]
    public void A_removal_that_was_under_way_when_the_pipeline_was_stopped_is_told_of()
    {
        using var begun = new ManualResetEventSlim();
        server.Engine.Set("begun", begun);
        using var shell = server.Engine.Shell(
            "$global:NavOnRemove = { $begun.Set(); while ($true) { } }; Remove-NAVServerSession BC -SessionId 11 -Force");
        shell.BeginInvoke();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(30)));

        shell.Stop();

        Assert.Contains(server.Host.Warnings, warning => warning.Contains("Not known: session 11"));
    }

    [Fact]
    public void A_wait_that_is_stopped_is_told_of_and_looks_no_more()
    {
        using var begun = new ManualResetEventSlim();
        server.Engine.Set("begun", begun);
        using var shell = server.Engine.Shell(
            "$global:NavOnRemove = { $begun.Set() }; Remove-NAVServerSession BC -SessionId 11 -Force -Wait");
        shell.BeginInvoke();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(30)));

        shell.Stop();

        Assert.Contains(server.Host.Warnings, warning => warning.Contains("Not known: session 11"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_that_are_loaded_the_last_has_the_names_and_every_other_command_stays(bool oursIsLast)
    {
        var ours = ModuleUnderTest.Manifest;
        var theirs = server.InstallCmdlets(StandIn.BusinessCentral);
        string[] order = oursIsLast ? [theirs, ours] : [ours, theirs];
        var winner = oursIsLast ? "NavServerSession" : StandIn.BusinessCentral;

        var run = server.Run(
            $$"""
            Remove-Module NavServerSession
            Import-Module '{{order[0]}}'
            Import-Module '{{order[1]}}'
            (Get-Command Get-NAVServerSession).ModuleName
            (Get-Command Remove-NAVServerSession).ModuleName
            Get-NAVServerInstance
            NavServerSession\Get-NAVServerSession BC -UserId *ANNA | NavServerSession\Remove-NAVServerSession -Force
            (Microsoft.BusinessCentral.Management\Get-NAVServerSession BC).SessionID
            (Get-Command Get-NAVServerEndpoint).ModuleName
            """);

        Assert.Empty(run.Errors);
        Assert.Equal(
            [winner, winner, "MicrosoftDynamicsNavServer$DynamicsNAV", "14", "NavServerSession"],
            run.Output.Select(value => value.ToString()));
    }

    [Fact]
    public void A_module_that_was_only_installed_does_not_take_the_names_when_it_is_used()
    {
        var run = server.Run("Get-NAVServerSession BC | Out-Null; (Get-Command Get-NAVServerSession).ModuleName; Get-NAVServerSession BC -UserId *ANNA");

        Assert.Empty(run.Errors);
        Assert.Equal("NavServerSession", run.Output[0].ToString());
        Assert.IsType<Session>(run.Output[1].BaseObject);
    }

    /// <summary>The call with its parameters in the order of their names.</summary>
    private static string Sorted(string call)
    {
        var parts = call.Split(" -");
        return string.Join(" -", parts.Take(1).Concat(parts.Skip(1).Order(StringComparer.Ordinal)));
    }

    /// <summary>The local time zone of this process, where the system lets it be set.</summary>
    private sealed class LocalZone : IDisposable
    {
        private const string Variable = "TZ";

        private readonly string? before = Environment.GetEnvironmentVariable(Variable);

        internal LocalZone(string name) => Set(name);

        public void Dispose() => Set(before);

        private static void Set(string? name)
        {
            Environment.SetEnvironmentVariable(Variable, name);
            TimeZoneInfo.ClearCachedData();
        }
    }

    private void Restart(string[] names, params string[] answers)
    {
        server.Dispose();
        server = new StandIn(names, answers);
    }
}
