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

    [Fact]
    public void With_an_id_alone_the_prompt_says_as_much_as_is_known()
    {
        using var server = new NavServer("Yes");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11").IsSilent();

        Assert.Equal(["Remove session 11 from MicrosoftDynamicsNavServer$DynamicsNAV"], server.Host.Questions);
        server.HasNot(11);
    }

    [Theory]
    [InlineData("@{ SessionID = 11; UserID = 'ANNA' }", "(ANNA)")]
    [InlineData("@{ SessionID = 11; ClientComputerName = 'PC042' }", "(on PC042)")]
    [InlineData("@{ SessionID = 11; ClientType = 'WebClient' }", "(WebClient)")]
    [InlineData("@{ SessionID = 11; 'User ID' = 'ANNA'; 'Client Type' = 'WebClient' }", "(ANNA, WebClient)")]
    [InlineData("@{ SessionID = 11; UserID = 'ANNA'; LoginDatetime = [datetime]'2001-01-01' }", "(ANNA)")]
    [InlineData("@{ SessionID = 11; LoginDatetime = [datetime]::UtcNow.AddDays(-2).AddHours(-3.5) }", "(signed in 2 d 3 h ago)")]
    [InlineData("@{ SessionID = 11; LoginDatetime = [datetime]::UtcNow.AddDays(1) }", "")]
    public void The_prompt_says_what_the_row_tells(string row, string details)
    {
        using var server = new NavServer("No");

        server.Run($"[pscustomobject]{row} | Remove-NAVServerSession DynamicsNAV");

        var expected = details.Length == 0 ? string.Empty : $" {details}";
        Assert.Equal([$"Remove session 11{expected} from MicrosoftDynamicsNavServer$DynamicsNAV"], server.Host.Questions);
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
}
