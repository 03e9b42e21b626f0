using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class ProgressTests
{
    [Fact]
    public void Removals_that_take_less_than_a_second_show_none()
    {
        using var server = new NavServer();

        server.Run("Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force");

        Assert.Empty(server.Host.Progress);
    }

    [Fact]
    public void While_the_server_is_slow_it_says_how_many_are_done_and_which_are_waited_for()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "1300");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14, 15, 19, 23 -Force").IsSilent();

        var first = server.Host.Progress[0];
        Assert.Equal("Removing sessions from DynamicsNAV", first.Activity);
        Assert.Equal("0 of 5 done, waiting for the server: 11, 14, 15 and 2 more", first.StatusDescription);
        Assert.Equal(0, first.PercentComplete);
        IsCompletedOnce(server.Host.Progress);
    }

    [Theory]
    [InlineData("-Force")]
    [InlineData("-Force -Confirm:$false")]
    [InlineData("-Confirm:$false")]
    [InlineData("")]
    public void While_records_still_come_it_counts_those_that_came_and_claims_no_percentage(string options)
    {
        using var server = new NavServer(new Engine("Yes to All"), "--latency-ms", "600");

        server.Run(
            "11, 14, 15 | % { [pscustomobject]@{ SessionID = $_; UserID = 'ANNA' } } "
            + $"| Remove-NAVServerSession DynamicsNAV -ThrottleLimit 1 {options}").IsSilent();

        var first = server.Host.Progress[0];
        Assert.Equal("1 of 2 done, waiting for the server: 14", first.StatusDescription);
        Assert.Equal(-1, first.PercentComplete);
        IsCompletedOnce(server.Host.Progress);
    }

    [Fact]
    public void With_Wait_it_says_that_the_end_of_the_sessions_is_waited_for()
    {
        using var server = new NavServer(new Engine(), "--ends-after-ms", "1500");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Wait -Force").IsSilent();

        Assert.Equal("0 of 2 done, waiting for the end of 11, 14", server.Host.Progress[0].StatusDescription);
        IsCompletedOnce(server.Host.Progress);
    }

    [Fact]
    public void Several_server_instances_are_one_activity()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "1300");

        server.Run(
            "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 11 }, "
            + "[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; SessionID = 14 } "
            + "| Remove-NAVServerSession -Force").IsSilent();

        Assert.All(server.Host.Progress, record => Assert.Equal("Removing sessions", record.Activity));
        IsCompletedOnce(server.Host.Progress);
    }

    [Fact]
    public void Looking_up_whose_session_it_is_is_shown_and_gone_when_the_question_comes()
    {
        using var server = new NavServer(new Engine("No"), "--latency-ms", "1300");
        var shown = new List<ProgressRecordType>();
        server.Host.WhileAsked = () => shown.AddRange(server.Host.Progress.Select(record => record.RecordType));

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11").IsSilent();

        Assert.Equal("Looking up whose session 11 is", server.Host.Progress[0].StatusDescription);
        Assert.Equal(ProgressRecordType.Completed, shown[^1]);
        IsCompletedOnce(server.Host.Progress);
    }

    [Fact]
    public void The_time_somebody_thinks_about_a_question_does_not_count()
    {
        using var server = new NavServer("Yes");
        server.Host.WhileAsked = () => Thread.Sleep(TimeSpan.FromSeconds(1.1));

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11").IsSilent();

        Assert.Empty(server.Host.Progress);
    }

    [Fact]
    public void An_error_that_ends_the_command_ends_its_progress()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "1300");

        var run = server.Run("try { Remove-NAVServerSession DynamicsNAV -SessionId 4711, 4712 -Force -ErrorAction Stop } catch { 'caught' }");

        Assert.Equal("caught", Assert.Single(run.Output).BaseObject);
        IsCompletedOnce(server.Host.Progress);
    }

    private static void IsCompletedOnce(List<ProgressRecord> records)
    {
        Assert.True(records.Count >= 2);
        Assert.All(records.SkipLast(1), record => Assert.Equal(ProgressRecordType.Processing, record.RecordType));
        Assert.Equal(ProgressRecordType.Completed, records[^1].RecordType);
    }
}
