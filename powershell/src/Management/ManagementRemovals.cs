using System;
using System.Collections.Generic;
using NavServerSession.Commands;
using NavServerSession.Native;

namespace NavServerSession.Management;

/// <summary>Removals by Microsoft's module: each is asked for at once, and then perhaps waited for.</summary>
internal sealed class ManagementRemovals
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Queue<Ended> ended = new();
    private readonly List<Waiting> waiting = new();
    private bool hasLeftPipeline;

    /// <summary>How many have not been given by <see cref="Next"/>.</summary>
    internal int Count => ended.Count + waiting.Count;

    /// <summary>Whether one was cut short. The command itself hears only a moment later that it is told to stop.</summary>
    internal bool IsStopped { get; private set; }

    internal void Add(ManagementClient client, Removal removal, ulong tag)
    {
        Removed removed;
        try
        {
            var outcome = client.Remove(removal, out var session, out var reason);
            if (outcome is RemovalOutcome.Removed && client.Wait is { } wait)
            {
                waiting.Add(new Waiting(client, session!, tag, client.Now, wait));
                return;
            }

            IsStopped |= outcome is RemovalOutcome.Unknown;
            removed = new Removed(tag, outcome, reason);
        }
        catch (NavSessionException exception)
        {
            removed = new Removed(tag, null, exception);
        }

        ended.Enqueue(new Ended(client, removal.SessionId, removed));
    }

    /// <summary>One that has ended by now; null where none has.</summary>
    internal Removed? Next()
    {
        if (ended.Count == 0)
        {
            Look();
        }

        if (ended.Count == 0)
        {
            return null;
        }

        if (!hasLeftPipeline)
        {
            // Where the command has been told to stop, this throws, and it is given once more.
            ended.Peek().Tell();
        }

        return ended.Dequeue().Removed;
    }

    /// <summary>The pipeline has come to its end: nothing can be looked up or said any more.</summary>
    internal void LeavePipeline()
    {
        hasLeftPipeline = true;
        foreach (var one in waiting)
        {
            ended.Enqueue(one.Unknown("the server accepted it, and the wait was cut short."));
        }

        waiting.Clear();
    }

    /// <summary>Looks which of those that are waited for have ended. One list tells it of all that are due.</summary>
    private void Look()
    {
        foreach (var one in waiting.FindAll(one => one.IsDue))
        {
            if (one.Look() is { } removed)
            {
                waiting.Remove(one);
                ended.Enqueue(removed);
            }
        }
    }

    private sealed class Ended
    {
        private readonly ManagementClient client;
        private readonly int sessionId;

        internal Ended(ManagementClient client, int sessionId, Removed removed)
        {
            this.client = client;
            this.sessionId = sessionId;
            Removed = removed;
        }

        internal Removed Removed { get; }

        internal void Tell()
        {
            if (Removed.Outcome is RemovalOutcome.Removed)
            {
                client.TellRemoved(sessionId);
            }
        }
    }

    private sealed class Waiting
    {
        private readonly ManagementClient client;
        private readonly Session session;
        private readonly ulong tag;
        private readonly TimeSpan accepted;
        private readonly TimeSpan deadline;
        private TimeSpan pause = FirstPause;
        private TimeSpan due;

        internal Waiting(ManagementClient client, Session session, ulong tag, TimeSpan accepted, TimeSpan wait)
        {
            this.client = client;
            this.session = session;
            this.tag = tag;
            this.accepted = accepted;
            deadline = accepted + wait;
            due = accepted + pause;
        }

        internal bool IsDue => client.Now >= due;

        internal Ended? Look()
        {
            var isOver = client.Now >= deadline;
            try
            {
                if (!client.IsListed(session, since: accepted))
                {
                    return End(RemovalOutcome.Removed, null);
                }
            }
            catch (NavSessionException exception)
            {
                return Unknown($"the server accepted it, and whether it is gone could not be seen: {exception.Message}");
            }

            if (isOver)
            {
                return End(RemovalOutcome.StillPresent, client.StillPresent(session.SessionID));
            }

            pause = pause + pause < LongestPause ? pause + pause : LongestPause;
            due = client.Now + pause < deadline ? client.Now + pause : deadline;
            return null;
        }

        internal Ended Unknown(string cause) =>
            End(RemovalOutcome.Unknown, client.Unknown(session.SessionID, cause));

        private Ended End(RemovalOutcome outcome, NavSessionException? reason) =>
            new(client, session.SessionID, new Removed(tag, outcome, reason));
    }
}
