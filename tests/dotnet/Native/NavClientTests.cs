using System.Diagnostics;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Native;

public sealed class NavClientTests : IDisposable
{
    private readonly EndpointsFile endpoints = new();
    private readonly Emulator emulator = new();
    private readonly NavCancel cancel = new();

    public NavClientTests() => endpoints.Write("DynamicsNAV", emulator.Soap);

    public void Dispose()
    {
        cancel.Dispose();
        emulator.Dispose();
        endpoints.Dispose();
    }

    [Fact]
    public void Sessions_are_listed_and_removed()
    {
        using var client = Open();

        var session = Assert.Single(Rows(client, 11));
        var outcome = client.Remove(11, session.SessionUniqueID, session.LoginDatetime, cancel, out var reason);

        Assert.Equal(RemovalOutcome.Removed, outcome);
        Assert.Null(reason);
        Assert.DoesNotContain(11, emulator.SessionIds());
    }

    [Theory]
    [InlineData(4711, false, 0, "NotFound", "SessionNotFound")]
    [InlineData(11, true, 0, "Changed", "SessionChanged")]
    [InlineData(11, false, 3, "Changed", "SessionChanged")]
    public void Every_outcome_but_Removed_says_why(int id, bool otherUniqueId, int secondsLater, string outcome, string errorId)
    {
        using var client = Open();
        DateTime? login = secondsLater == 0 ? null : Rows(client, id).Single().LoginDatetime!.Value.AddSeconds(secondsLater);

        var actual = client.Remove(id, otherUniqueId ? Guid.NewGuid() : null, login, cancel, out var reason);

        Assert.Equal(outcome, actual.ToString());
        Assert.Equal(errorId, reason!.ErrorRecord.FullyQualifiedErrorId);
        Assert.Contains(11, emulator.SessionIds());
    }

    [Fact]
    public void A_list_stays_valid_when_its_client_is_freed()
    {
        ISessionReader sessions;
        using (var client = Open())
        {
            sessions = client.Sessions(new SessionFilter(), cancel);
        }

        using (sessions)
        {
            Assert.NotNull(sessions.Next());
        }
    }

    [Fact]
    public void A_failure_carries_what_the_library_says_about_it()
    {
        var exception = Assert.Throws<NavSessionException>(() => Open("Elsewhere"));

        Assert.Equal(200, exception.Status);
        Assert.Equal(0, exception.HttpStatus);
        Assert.Contains("'Elsewhere'", exception.Message);
        Assert.Equal("EndpointNotFound", exception.ErrorRecord.FullyQualifiedErrorId);
        Assert.NotEmpty(exception.ErrorRecord.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public async Task A_cancellation_from_another_thread_ends_a_call_at_once()
    {
        using var silent = new SilentServer();
        endpoints.Write("DynamicsNAV", silent.Uri);
        using var client = Open();
        var call = Task.Run(() => Rows(client, null));
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));
        var clock = Stopwatch.StartNew();

        cancel.Request();

        var exception = await Assert.ThrowsAsync<NavSessionException>(() => call);
        Assert.Equal(500, exception.Status);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Handles_that_are_disposed_of_during_a_call_live_until_it_ends()
    {
        using var silent = new SilentServer();
        endpoints.Write("DynamicsNAV", silent.Uri);
        var client = Open();
        using var ownCancel = new NavCancel();
        var call = Task.Run(() => client.Remove(11, null, null, ownCancel, out _));
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));

        client.Dispose();
        Assert.False(call.IsCompleted);
        ownCancel.Request();

        // The request had gone out, so nobody knows.
        Assert.Equal(RemovalOutcome.Unknown, await call);
        Assert.Throws<ObjectDisposedException>(() => client.Sessions(new SessionFilter(), ownCancel));
    }

    [Fact]
    public void A_cancellation_after_the_end_does_nothing()
    {
        var ended = new NavCancel();
        ended.Dispose();

        ended.Request();

        Assert.True(ended.IsClosed);
    }

    [Fact]
    public void A_client_serves_many_threads()
    {
        using var client = Open();

        var counts = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8)
            .Select(_ => Rows(client, 11).Count).ToList();

        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Lines_of_the_log_are_there_after_the_call()
    {
        using var log = new NavLog();
        using var client = Open(log: log);

        Rows(client, 11);

        var lines = new List<NavLog.Line>();
        while (log.TryTake(out var line))
        {
            lines.Add(line);
        }

        Assert.Contains(lines, line => !line.IsDebug && line.Text.Contains(emulator.Soap));
        Assert.Contains(lines, line => line.IsDebug && line.Text.Contains("HTTP 200"));
    }

    [Theory]
    [InlineData("MicrosoftDynamicsNavServer$Größe", "Größe")]
    [InlineData("名前", "名前")]
    [InlineData("😀", "😀")]
    public void Text_crosses_as_it_is_in_both_directions(string name, string shortName)
    {
        var names = ServerInstanceNames.Of(name);

        Assert.Equal(shortName, names.Short);
        Assert.Equal($"MicrosoftDynamicsNavServer${shortName}", names.Full);
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("gehéim €😀")]
    public unsafe void A_secret_crosses_as_UTF_8(string secret)
    {
        using var secure = new System.Net.NetworkCredential(string.Empty, secret).SecurePassword;
        using var text = new SecretText(secure);

        Assert.Equal(secret, text.Text.Read());
    }

    [Theory]
    [InlineData("2026-11-22T08:17:17.1234567Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("1753-01-01T00:00:00Z")]
    public void Times_cross_to_the_tick(string text)
    {
        var time = DateTime.Parse(text, null, System.Globalization.DateTimeStyles.RoundtripKind);

        var back = NavDateTime.Read(NavDateTime.From(time));

        Assert.Equal(DateTimeKind.Local, back!.Value.Kind);
        Assert.Equal(time, back.Value.ToUniversalTime());
        Assert.Null(NavDateTime.Read(NavDateTime.From(null)));
        Assert.Null(NavDateTime.Read(long.MaxValue));
    }

    private static NavClient Open(string serverInstance = "DynamicsNAV", NavLog? log = null) =>
        new(new ClientOptions(serverInstance) { Log = log });

    private List<Session> Rows(NavClient client, int? id)
    {
        using var sessions = client.Sessions(new SessionFilter { SessionIds = id is { } only ? [only] : null }, cancel);
        var rows = new List<Session>();
        while (sessions.Next() is { } session)
        {
            rows.Add(session);
        }

        return rows;
    }
}
