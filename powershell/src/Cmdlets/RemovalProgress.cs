using System;
using System.Diagnostics;
using System.Linq;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>What is shown of removals that take more than a second. The time in which somebody is asked does not count.</summary>
internal sealed class RemovalProgress
{
    private const int MostNamed = 3;

    private static readonly TimeSpan FirstShown = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Stopwatch clock = new();
    private readonly bool waitsUntilGone;
    private TimeSpan nextShown = FirstShown;
    private string? server;
    private bool severalServers;

    internal RemovalProgress(bool waitsUntilGone) => this.waitsUntilGone = waitsUntilGone;

    internal bool IsDue => clock.Elapsed >= nextShown;

    /// <summary>Work on a server instance begins, or goes on.</summary>
    internal void Run(string serverInstance)
    {
        severalServers |= server is not null && server != serverInstance;
        server = serverInstance;
        clock.Start();
    }

    /// <summary>Somebody may be asked, which is not the server's time.</summary>
    internal void Pause() => clock.Stop();

    internal ProgressRecord LookUp(int sessionId) => Record($"Looking up whose session {sessionId} is");

    /// <param name="removals">What is in flight.</param>
    /// <param name="isAll">No more removals will come.</param>
    internal ProgressRecord Removals(RemovalsInFlight removals, bool isAll)
    {
        var done = removals.Begun - (ulong)removals.Count;
        var status = $"{done} of {removals.Begun} done";
        if (removals.Count > 0)
        {
            status += (waitsUntilGone ? ", waiting for the end of " : ", waiting for the server: ") + Named(removals);
        }

        var record = Record(status);
        record.PercentComplete = isAll ? (int)(100 * done / removals.Begun) : -1;
        return record;
    }

    /// <summary>Work rests or has ended. The last record; null where none was shown.</summary>
    internal ProgressRecord? Complete()
    {
        var record = nextShown > FirstShown ? Record("Done") : null;
        if (record is not null)
        {
            record.RecordType = ProgressRecordType.Completed;
        }

        nextShown = FirstShown;
        clock.Reset();
        return record;
    }

    private static string Named(RemovalsInFlight removals)
    {
        var named = string.Join(", ", removals.Pending.Take(MostNamed).Select(removal => removal.SessionId));
        var more = removals.Count > MostNamed ? $" and {removals.Count - MostNamed} more" : string.Empty;
        return named + more;
    }

    private ProgressRecord Record(string status)
    {
        nextShown = clock.Elapsed + Interval;
        return new ProgressRecord(0, severalServers ? "Removing sessions" : $"Removing sessions from {server}", status);
    }
}
