using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>An error or another command ends the pipeline while removals are in flight.</summary>
public sealed class EarlyEndTests
{
    /// <summary>A removal that takes a while, and then a row that fails at once.</summary>
    private const string Rows =
        "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 11 }, "
        + "[pscustomobject]@{ ServerInstance = 'Elsewhere'; SessionID = 14 }, "
        + "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 15 }";

    [Theory]
    [InlineData("", "-ErrorAction Stop")]
    [InlineData("$ErrorActionPreference = 'Stop'", "")]
    public void An_error_that_stops_waits_for_what_is_in_flight_and_a_warning_says_what_became_of_it(string before, string option)
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "300");

        var run = server.Run(
            $"{before}\ntry {{ {Rows} | Remove-NAVServerSession -Force -PassThru {option} }} catch {{ $_.FullyQualifiedErrorId }}");

        Assert.Equal(2, run.Output.Count);
        Assert.Equal(11, Assert.IsType<RemovedSession>(run.Output[0].BaseObject).SessionID);
        Assert.Equal("EndpointNotFound,NavServerSession.Commands.RemoveNavServerSession", run.Output[1].BaseObject);
        Assert.Equal(
            "An error ends Remove-NAVServerSession while removals are in flight. They came to this end: Removed: session 11.",
            Assert.Single(run.Warnings));
        server.HasNot(11);
        server.Has(15);
    }

    [Fact]
    public void An_error_that_stops_tells_of_others_that_fail_meanwhile()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "300", "--refuses", "11");

        var run = server.Run($"try {{ {Rows} | Remove-NAVServerSession -Force -ErrorAction Stop }} catch {{ }}");

        Assert.EndsWith(
            "Not removed: session 11 (The server refused to stop session 11 on MicrosoftDynamicsNavServer$DynamicsNAV).",
            Assert.Single(run.Warnings));
        server.Has(11, 15);
    }

    [Fact]
    public void An_error_that_stops_says_nothing_of_others_where_none_is_in_flight()
    {
        using var server = new NavServer();

        var run = server.Run(
            "try { Remove-NAVServerSession DynamicsNAV -SessionId 11, 4711, 14 -Force -ThrottleLimit 1 -ErrorAction Stop } "
            + "catch { $_.FullyQualifiedErrorId }");

        Assert.StartsWith("SessionNotFound,", Assert.Single(run.Output).ToString());
        Assert.Empty(run.Warnings);
        server.HasNot(11);
        server.Has(14);
    }

    [Fact]
    public async Task A_wait_for_what_is_in_flight_ends_with_Stop_and_loses_nothing()
    {
        using var server = new NavServer(new Engine(), "--stays", "14");
        using var relay = new Relay(server.Emulator.Soap);
        server.Endpoints.Write("DynamicsNAV", relay.Uri);
        using var shell = server.Engine.Shell(
            """
            14, 'Elsewhere' | ForEach-Object {
                [pscustomobject]@{ ServerInstance = ($_ -is [string] ? $_ : 'DynamicsNAV'); SessionID = 14; UserID = 'ANNA' }
            } | Remove-NAVServerSession -Wait -TimeoutSec 30 -Force -ErrorAction Stop
            """);
        var running = shell.BeginInvoke();
        await relay.Requests(4);

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.StartsWith(
            "Remove-NAVServerSession was stopped. No session was removed before. Not known: session 14 ",
            Assert.Single(server.Host.Warnings));
    }

    [Fact]
    public void Another_command_that_ends_the_pipeline_leaves_word_on_the_host()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "300");

        server.Run(
            "try { Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force -PassThru | ForEach-Object { throw 'enough' } } "
            + "catch { }");

        // Which of them ended first, nobody knows before.
        Assert.Matches(
            @"^Remove-NAVServerSession ended early\. 1 session was removed before\. Removed: session 1[14]\.$",
            Assert.Single(server.Host.Warnings));
        server.HasNot(11, 14);
    }

    [Fact]
    public void A_row_with_an_id_that_is_none_leaves_word_on_the_host_when_it_ends_the_pipeline()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "100");

        var run = server.Run(
            "try { [pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 11 }, "
            + "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 'eleven' } "
            + "| Remove-NAVServerSession -Force -ErrorAction Stop } catch { 'caught' }");

        Assert.Equal("caught", Assert.Single(run.Output).BaseObject);
        Assert.Equal(
            "Remove-NAVServerSession ended early. No session was removed before. Removed: session 11.",
            Assert.Single(server.Host.Warnings));
        server.HasNot(11);
    }
}
