using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What Remove-NAVServerSession tells in which stream, and the common parameters that take it up.</summary>
public sealed class StreamTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void Verbose_tells_the_story_of_each_removal_in_its_order()
    {
        var run = server.Run(
            "Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force -Verbose -ThrottleLimit 1");

        Assert.Equal(
            [
                @"Remove session 11 (CRONUS\ANNA, WebClient on PC042, signed in 3 h 12 min ago) from MicrosoftDynamicsNavServer$DynamicsNAV",
                $"Opening a connection to ServerInstance 'MicrosoftDynamicsNavServer$DynamicsNAV' at {server.Emulator.Soap}.",
                "Removed session 11 from MicrosoftDynamicsNavServer$DynamicsNAV.",
            ],
            run.Verbose);
    }

    [Fact]
    public void Debug_tells_every_request_also_the_looks_in_the_list()
    {
        using var slow = new NavServer(new Engine(), "--ends-after-ms", "300");

        var run = slow.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Wait -Force -Debug");

        Assert.Contains(run.Debug, line => line.Contains("/Codeunit/SessionControl: HTTP 200"));
        Assert.Contains(run.Debug, line => line.Contains("/Page/ActiveSessions: HTTP 200"));
        Assert.Contains("Session 11 is still listed.", run.Debug);
    }

    [Theory]
    [InlineData("-Verbose -Debug")]
    [InlineData("-Verbose")]
    [InlineData("-Debug")]
    public void No_stream_has_the_password(string options)
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var emulator = new Emulator(["--user", "ADMIN"], password: "s3cret-mark");
        endpoints.Write("DynamicsNAV", emulator.Soap, credentialType: "NavUserPassword");
        const string credential = "[pscredential]::new('ADMIN', [System.Net.NetworkCredential]::new('', $value).SecurePassword)";

        var run = engine.Run(
            $"Remove-NAVServerSession DynamicsNAV -SessionId 11, 4711 -Force -Credential ({credential}) {options}", "s3cret-mark");

        Assert.Equal("SessionNotFound", Assert.Single(run.ErrorIds));
        List<string> lines = [.. run.Verbose, .. run.Debug];
        Assert.NotEmpty(lines);
        Assert.DoesNotContain(lines, line => line.Contains("s3cret-mark") || line.Contains("Authorization"));
    }

    [Fact]
    public void ErrorVariable_collects_every_failure_and_all_others_are_removed()
    {
        var run = server.Run(
            """
            Remove-NAVServerSession DynamicsNAV -SessionId 4711, 11, 42, 14 -Force -ErrorVariable failures -ErrorAction SilentlyContinue
            $failures | ForEach-Object { $_.FullyQualifiedErrorId; $_.TargetObject }
            """);

        Assert.Empty(run.Errors);
        Assert.Equal(
            new HashSet<object> { "SessionNotFound,NavServerSession.Commands.RemoveNavServerSession", 4711, "OtherServerInstance,NavServerSession.Commands.RemoveNavServerSession", 42 },
            run.Output.Select(value => value.BaseObject).ToHashSet());
        server.HasNot(11, 14);
    }

    [Fact]
    public void ErrorAction_Ignore_leaves_no_trace()
    {
        var run = server.Run(
            "$Error.Clear(); Remove-NAVServerSession DynamicsNAV -SessionId 4711, 11 -Force -ErrorAction Ignore; $Error.Count");

        Assert.Equal(0, Assert.Single(run.Output).BaseObject);
        Assert.Empty(run.Errors);
        server.HasNot(11);
    }

    [Fact]
    public void WarningVariable_collects_that_the_own_session_is_left_alone()
    {
        var run = server.Run(
            """
            Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force -WarningVariable warnings -WarningAction SilentlyContinue
            $warnings.Count
            """);

        Assert.Empty(run.Warnings);
        Assert.Equal(1, Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public void WarningAction_Stop_ends_the_command_and_what_is_in_flight_is_accounted_for()
    {
        using var slow = new NavServer(new Engine(), "--latency-ms", "100");

        var run = slow.Run(
            "try { [pscustomobject]@{ SessionID = 11 }, [pscustomobject]@{ SessionID = 14; OwnSession = $true }, "
            + "[pscustomobject]@{ SessionID = 15 } | Remove-NAVServerSession DynamicsNAV -Force -WarningAction Stop } catch { 'caught' }");

        Assert.Equal("caught", Assert.Single(run.Output).BaseObject);
        Assert.Contains(slow.Host.Warnings, warning => warning.EndsWith("Removed: session 11."));
        slow.HasNot(11);
        slow.Has(14, 15);
    }

    [Fact]
    public void OutVariable_and_PipelineVariable_hold_what_PassThru_writes()
    {
        var run = server.Run(
            """
            Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force -PassThru -OutVariable gone -PipelineVariable one |
                ForEach-Object { $one.SessionID - $_.SessionID; $one.Outcome }
            $gone.Count
            """);

        Assert.Equal(
            [0, RemovalOutcome.Removed, 0, RemovalOutcome.Removed, 2], run.Output.Select(value => value.BaseObject));
    }

    [Fact]
    public void A_row_that_the_pipeline_variable_of_Get_holds_can_be_removed()
    {
        server.Run(
            "Get-NAVServerSession DynamicsNAV -SessionId 11 -PipelineVariable session | ForEach-Object { $session | Remove-NAVServerSession -Force }")
            .IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("Stop")]
    [InlineData("Ignore")]
    [InlineData("Continue")]
    public void InformationAction_changes_nothing(string action)
    {
        server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -InformationAction {action}").IsSilent();

        server.HasNot(11);
    }
}
