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

    private readonly Queue<Removed> ended = new();
    private readonly List<Waiting> waiting = new();

    /// <summary>How many have not been given by <see cref="Next"/>.</summary>
    internal int Count => ended.Count + waiting.Count;

    internal void Add(ManagementClient client, Removal removal, ulong tag)
    {
        try
        {
            var outcome = client.Remove(removal, out var session, out var reason);
            if (outcome is RemovalOutcome.Removed && client.Wait is { } wait)
            {
                waiting.Add(new Waiting(client, session!, tag, client.Now, wait));
            }
            else
            {
                ended.Enqueue(new Removed(tag, outcome, reason));
            }
        }
        catch (NavSessionException exception)
        {
            ended.Enqueue(new Removed(tag, null, exception));
        }
    }

    /// <summary>One that has ended by now; null where none has.</summary>
    internal Removed? Next()
    {
        if (ended.Count == 0)
        {
            Look();
        }

        return ended.Count > 0 ? ended.Dequeue() : null;
    }

    /// <summary>Waits no longer: the pipeline has come to its end, and nothing can be looked up any more.</summary>
    internal void Abandon()
    {
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

        internal Removed? Look()
        {
            var isOver = client.Now >= deadline;
            try
            {
                if (!client.IsListed(session, since: accepted))
                {
                    return new Removed(tag, RemovalOutcome.Removed, null);
                }
            }
            catch (NavSessionException exception)
            {
                return Unknown($"the server accepted it, and whether it is gone could not be seen: {exception.Message}");
            }

            if (isOver)
            {
                return new Removed(tag, RemovalOutcome.StillPresent, client.StillPresent(session.SessionID));
            }

            pause = pause + pause < LongestPause ? pause + pause : LongestPause;
            due = client.Now + pause < deadline ? client.Now + pause : deadline;
            return null;
        }

        internal Removed Unknown(string cause) =>
            new(tag, RemovalOutcome.Unknown, client.Unknown(session.SessionID, cause));
    }
}
