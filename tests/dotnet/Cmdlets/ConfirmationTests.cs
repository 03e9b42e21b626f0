using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class ConfirmationTests
{
    private const string Anna =
        @"Remove session 11 (CRONUS\ANNA, WebClient on PC042, signed in 3 h 12 min ago) "
        + "from MicrosoftDynamicsNavServer$DynamicsNAV";

    [Fact]
    public void The_prompt_says_whose_session_it_is_and_No_leaves_it()
    {
        using var server = new NavServer("No");

        server.Run("Get-NAVServerSession DynamicsNAV -Tenant default -SessionId 11 | Remove-NAVServerSession").IsSilent();

        Assert.Equal([$"{Anna}, tenant default"], server.Host.Questions);
        server.IsUntouched();
    }

    [Theory]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Tenant default")]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Tenant default -Force -Confirm")]
    [InlineData("[pscustomobject]@{ SessionID = 11 } | Remove-NAVServerSession DynamicsNAV -Tenant default")]
    public void With_an_id_alone_the_session_is_looked_up_for_the_prompt(string script)
    {
        using var server = new NavServer("Yes");

        server.Run(script).IsSilent();

        Assert.Equal([$"{Anna}, tenant default"], server.Host.Questions);
        server.HasNot(11);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void All_ids_of_a_call_are_looked_up_at_once()
    {
        using var server = new NavServer("Yes", "No", "Yes");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14, 19 -Debug");

        Assert.Single(run.Debug, IsList);
        Assert.Equal(Anna, server.Host.Questions[0]);
        Assert.StartsWith(@"Remove session 14 (CRONUS\MARIA, ", server.Host.Questions[1]);
        Assert.StartsWith(@"Remove session 19 (CRONUS\TOM, ", server.Host.Questions[2]);
        server.HasNot(11, 19);
        server.Has(14);
    }

    [Fact]
    public void A_pipeline_of_ids_is_looked_up_with_one_list_and_not_one_for_each()
    {
        using var server = new NavServer("Yes to All");

        var run = server.Run(
            "11, 14, 15, 19 | % { [pscustomobject]@{ SessionID = $_ } } | Remove-NAVServerSession DynamicsNAV -Debug");

        // The first asks for its session alone.
        Assert.Equal(2, run.Debug.Count(IsList));
        Assert.Equal([Anna], server.Host.Questions);
        server.HasNot(11, 14, 15, 19);
    }

    [Theory]
    [InlineData("-WhatIf")]
    [InlineData("-Force")]
    [InlineData("-Force -Confirm:$false")]
    [InlineData("-Confirm:$false")]
    [InlineData("; $ConfirmPreference = 'None'")]
    [InlineData("; $WhatIfPreference = $true")]
    public void Nothing_is_looked_up_where_nobody_is_asked(string how)
    {
        using var server = new NavServer();
        var parts = how.Split(';');

        var run = server.Run($"{parts.ElementAtOrDefault(1)}\nRemove-NAVServerSession DynamicsNAV -SessionId 11 -Debug {parts[0]}");

        Assert.Empty(run.Errors);
        Assert.Empty(server.Host.Questions);
        Assert.DoesNotContain(run.Debug, IsList);
    }

    [Fact]
    public void A_look_up_that_fails_leaves_the_prompt_without_it()
    {
        using var server = new NavServer("Yes");
        server.Endpoints.Write("DynamicsNAV", server.Emulator.OData, "OData", activeSessionsService: "Missing");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Verbose");

        Assert.Equal(["Remove session 11 from MicrosoftDynamicsNavServer$DynamicsNAV"], server.Host.Questions);
        Assert.Contains(run.Verbose, line => line.StartsWith("Whose session it is cannot be said in the question: "));
        Assert.Empty(run.Errors);
        server.HasNot(11);
    }

    [Fact]
    public void A_look_up_that_is_not_answered_does_not_keep_the_prompt_back()
    {
        using var server = new NavServer("No", "No");
        using var silent = new SilentServer();
        server.Endpoints.Write("DynamicsNAV", silent.Uri);
        var clock = Stopwatch.StartNew();

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14").IsSilent();

        // The answer itself would be waited for much longer.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        Assert.Equal(
            [
                "Remove session 11 from MicrosoftDynamicsNavServer$DynamicsNAV",
                "Remove session 14 from MicrosoftDynamicsNavServer$DynamicsNAV",
            ],
            server.Host.Questions);
    }

    [Theory]
    // What is not in the list may still be known to the server, so that it has the last word.
    [InlineData(4711, "SessionNotFound", "There is no session 4711")]
    [InlineData(42, "OtherServerInstance", "'DynamicsNAV2'")]
    public void The_prompt_says_of_an_id_that_it_is_not_listed(int id, string errorId, string message)
    {
        using var server = new NavServer("Yes", "No");

        var run = server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId {id}, -1");

        Assert.Equal(
            [
                $"Remove session {id} (not in the list of sessions) from MicrosoftDynamicsNavServer$DynamicsNAV",
                "Remove session -1 (not in the list of sessions) from MicrosoftDynamicsNavServer$DynamicsNAV",
            ],
            server.Host.Questions);
        Assert.Equal(errorId, Assert.Single(run.ErrorIds));
        Assert.Contains(message, run.Error.ErrorDetails.Message);
        server.IsUntouched();
    }

    [Fact]
    public void The_session_that_the_prompt_told_of_is_removed_and_no_other_that_has_its_id_by_then()
    {
        using var server = new NavServer(new Engine("Yes"), "--tenant", "one", "--tenant", "two");
        // Unique ids are given out in turn.
        using var later = new Emulator("--tenant", "two", "--tenant", "one");
        using var relay = new Relay(server.Emulator.Soap);
        server.Endpoints.Write("DynamicsNAV", relay.Uri, multitenant: true);
        server.Host.WhileAsked = () => relay.SwitchTo(later.Soap);

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -Tenant one -SessionId 11");

        Assert.Equal([$"{Anna}, tenant one"], server.Host.Questions);
        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        Assert.Contains(11, later.SessionIds("one"));
    }

    [Fact]
    public void What_is_given_to_compare_with_is_not_replaced_by_what_was_looked_up()
    {
        using var server = new NavServer("Yes");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -SessionUniqueId ([guid]::NewGuid())");

        Assert.Equal([Anna], server.Host.Questions);
        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        server.IsUntouched();
    }

    [Fact]
    public void Nobody_is_asked_about_the_session_of_the_command_itself()
    {
        using var server = new NavServer();

        var run = server.Run(
            "$own = (Get-NAVServerSession DynamicsNAV | Where-Object OwnSession).SessionID\n"
            + "Remove-NAVServerSession DynamicsNAV -SessionId $own");

        Assert.Contains("is the session of this command itself", Assert.Single(run.Warnings));
        Assert.Empty(run.Errors);
        Assert.Empty(server.Host.Questions);
    }

    [Theory]
    [InlineData("@{ SessionID = 11; UserID = 'ANNA' }", "(ANNA)")]
    [InlineData("@{ SessionID = 11; ClientComputerName = 'PC042' }", "(on PC042)")]
    [InlineData("@{ SessionID = 11; ClientType = 'WebClient' }", "(WebClient)")]
    [InlineData("@{ SessionID = 11; 'User ID' = 'ANNA'; 'Client Type' = 'WebClient' }", "(ANNA, WebClient)")]
    [InlineData("@{ SessionID = 11; UserID = 'ANNA'; LoginDatetime = [datetime]'2001-01-01' }", "(ANNA)")]
    [InlineData("@{ SessionID = 11; LoginDatetime = [datetime]::UtcNow.AddDays(-2).AddHours(-3.5) }", "(signed in 2 d 3 h ago)")]
    [InlineData("@{ SessionID = 11; LoginDatetime = [datetime]::UtcNow.AddDays(1) }", "")]
    public void WhatIf_says_what_the_row_tells(string row, string details)
    {
        using var server = new NavServer();

        server.Run($"[pscustomobject]{row} | Remove-NAVServerSession DynamicsNAV -WhatIf");

        var expected = details.Length == 0 ? string.Empty : $" {details}";
        Assert.Equal([$"What if: Remove session 11{expected} from MicrosoftDynamicsNavServer$DynamicsNAV"], server.Host.Lines);
    }

    [Theory]
    [InlineData(0, "less than 1 min")]
    [InlineData(59, "less than 1 min")]
    [InlineData(60, "1 min")]
    [InlineData(3599, "59 min")]
    [InlineData(3600, "1 h 0 min")]
    [InlineData(11520, "3 h 12 min")]
    [InlineData(86399, "23 h 59 min")]
    [InlineData(86400, "1 d 0 h")]
    [InlineData(9000000, "104 d 4 h")]
    [InlineData(-1, null)]
    public void An_age_is_told_in_its_two_greatest_units(int seconds, string? text)
    {
        Assert.Equal(text, Commands.RemovalDescription.Age(TimeSpan.FromSeconds(seconds)));
    }

    [Fact]
    public void Yes_to_all_holds_for_the_rest_of_the_pipeline()
    {
        using var server = new NavServer("Yes", "Yes to All");

        server.Run("'DynamicsNAV' | Remove-NAVServerSession -SessionId 11, 14, 15, 19").IsSilent();

        Assert.Equal(2, server.Host.Questions.Count);
        server.HasNot(11, 14, 15, 19);
    }

    [Fact]
    public void No_to_all_holds_for_the_rest_of_the_pipeline()
    {
        using var server = new NavServer("Yes", "No to All");

        server.Run("Get-NAVServerSession DynamicsNAV | Where-Object OwnSession -eq $false | Remove-NAVServerSession").IsSilent();

        Assert.Equal(2, server.Host.Questions.Count);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    [Theory]
    [InlineData("-Force")]
    [InlineData("-Confirm:$false")]
    [InlineData("-Force -Confirm:$false")]
    [InlineData("; $ConfirmPreference = 'None'")]
    [InlineData("-Force; $ConfirmPreference = 'Low'")]
    public void It_does_not_ask_when_told_not_to(string how)
    {
        using var server = new NavServer();
        var parts = how.Split(';');

        server.Run($"{parts.ElementAtOrDefault(1)}\nRemove-NAVServerSession DynamicsNAV -SessionId 11 {parts[0]}").IsSilent();

        Assert.Empty(server.Host.Questions);
        server.HasNot(11);
    }

    [Fact]
    public void Force_does_not_override_an_explicit_Confirm()
    {
        using var server = new NavServer("No");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -Confirm").IsSilent();

        Assert.Single(server.Host.Questions);
        server.IsUntouched();
    }

    [Theory]
    [InlineData("", "-WhatIf")]
    [InlineData("", "-WhatIf -Force")]
    [InlineData("", "-WhatIf -Confirm:$false")]
    [InlineData("$WhatIfPreference = $true", "")]
    [InlineData("$WhatIfPreference = $true", "-Force")]
    [InlineData("$WhatIfPreference = $true", "-Force -Confirm:$false")]
    public void WhatIf_says_what_would_happen_and_nothing_happens(string before, string options)
    {
        using var server = new NavServer();

        server.Run($"{before}\nGet-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Tenant default {options}").IsSilent();

        Assert.Equal([$"What if: {Anna}, tenant default"], server.Host.Lines);
        Assert.Empty(server.Host.Questions);
        server.IsUntouched();
    }

    [Fact]
    public void WhatIf_that_is_switched_off_overrides_the_preference()
    {
        using var server = new NavServer();

        server.Run("$WhatIfPreference = $true\nRemove-NAVServerSession DynamicsNAV -SessionId 11 -Force -WhatIf:$false").IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void An_instance_that_is_not_known_is_an_error_with_WhatIf_as_well()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession Elsewhere -SessionId 11 -WhatIf");

        Assert.Equal("EndpointNotFound", Assert.Single(run.ErrorIds));
        Assert.Empty(server.Host.Lines);
    }

    [Fact]
    public void Where_nobody_can_be_asked_it_says_so_and_removes_nothing()
    {
        using var server = new NavServer(new Engine(new RecordingHost([], canAsk: false)));

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14");

        Assert.Equal("ConfirmationNotPossible", Assert.Single(run.ErrorIds));
        Assert.Contains("-Force", run.Error.ErrorDetails.RecommendedAction);
        server.IsUntouched();
    }

    [Fact]
    public void In_a_runspace_without_a_host_it_says_that_nobody_can_be_asked()
    {
        using var server = new NavServer();
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript($"Import-Module '{ModuleUnderTest.Manifest}'; Remove-NAVServerSession DynamicsNAV -SessionId 11");

        shell.Invoke();

        Assert.StartsWith("ConfirmationNotPossible,", Assert.Single(shell.Streams.Error).FullyQualifiedErrorId);
        server.IsUntouched();
    }

    /// <summary>Whether a line of the debug stream tells of a list that was read.</summary>
    private static bool IsList(string line) => line.StartsWith("POST ") && line.Contains("/Page/ActiveSessions");
}
