using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using NavServerSession.Management;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>The removals of a command that have not ended, with what is needed to report each.</summary>
internal sealed class RemovalsInFlight : IDisposable
{
    private readonly Dictionary<ulong, Removal> pending = new();
    private readonly NavRemovals removals;
    private readonly ManagementRemovals managementRemovals = new();

    internal RemovalsInFlight(int limit, NavCancel cancel) => removals = new NavRemovals(limit, cancel);

    /// <summary>How many have not ended.</summary>
    internal int Count => pending.Count;

    /// <summary>How many were sent off.</summary>
    internal ulong Begun { get; private set; }

    /// <summary>Those that have not ended, oldest first.</summary>
    internal IEnumerable<Removal> Pending => pending.OrderBy(entry => entry.Key).Select(entry => entry.Value);

    /// <summary>Whether one can be sent off at once; waits for that at most <paramref name="milliseconds"/>.</summary>
    internal bool HasRoom(uint milliseconds) => removals.HasRoom(milliseconds);

    /// <summary>Sends one off.</summary>
    internal void Add(Removal removal)
    {
        var tag = Begun + 1;
        pending.Add(tag, removal);
        try
        {
            if (removal.Client is ManagementClient management)
            {
                managementRemovals.Add(management, removal, tag);
            }
            else
            {
                removals.Add((NavClient)removal.Client, removal.SessionId, removal.UniqueId, removal.Login, tag);
            }

            Begun = tag;
        }
        catch
        {
            pending.Remove(tag);
            throw;
        }

        if (managementRemovals.IsStopped)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>One that has ended, with its outcome; null when none is left, or none has after <paramref name="milliseconds"/>.</summary>
    internal Removal? Next(uint milliseconds)
    {
        if ((managementRemovals.Next() ?? removals.Next(milliseconds)) is not { } removed)
        {
            if (Count > 0 && Count == managementRemovals.Count)
            {
                // The library has none to wait for.
                Thread.Sleep((int)milliseconds);
            }

            return null;
        }

        var removal = pending[removed.Tag];
        pending.Remove(removed.Tag);
        removal.Outcome = removed.Outcome;
        removal.Reason = removed.Reason;
        return removal;
    }

    /// <summary>The pipeline has come to its end: what needs it is not waited for any more.</summary>
    internal void LeavePipeline() => managementRemovals.LeavePipeline();

    public void Dispose() => removals.Dispose();
}
