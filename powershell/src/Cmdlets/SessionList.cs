using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>The sessions of a server instance, read to say whose session it is that somebody is asked about.</summary>
internal sealed class SessionList
{
    /// <summary>The question comes without an answer of the list then: what blocks the list may be the session to remove.</summary>
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(5);

    /// <summary>What is older tells nothing about a session that is asked about now.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(10);

    private readonly Stopwatch age = Stopwatch.StartNew();
    private readonly Dictionary<int, Session> sessions = new();
    private readonly int[]? only;

    private SessionList(int[]? only) => this.only = only;

    /// <summary>Why it could not be read; null where it was.</summary>
    internal NavSessionException? Failure { get; private set; }

    /// <summary>Whether it can be asked for a session now. A list that could not be read once is not tried again.</summary>
    internal bool Tells(int id) => Failure is not null || ((only is null || only.Contains(id)) && age.Elapsed < Freshness);

    internal Session? Find(int id) => sessions.TryGetValue(id, out var session) ? session : null;

    /// <summary>Reads the list, or some sessions of it.</summary>
    /// <param name="client">The server instance.</param>
    /// <param name="only">The ids of these sessions; null for all.</param>
    /// <param name="whileWaiting">What is done again and again on this thread until it is read.</param>
    internal static SessionList Read(ISessionClient client, int[]? only, Action whileWaiting)
    {
        var list = new SessionList(only);
        using var cancel = new NavCancel();
        if (client.IsBoundToPipeline)
        {
            list.Read(client, cancel);
            return list;
        }

        var reading = Task.Run(() => list.Read(client, cancel));
        try
        {
            while (!IsOver(reading, milliseconds: 100))
            {
                if (list.age.Elapsed > LongestRead)
                {
                    cancel.Request();
                }

                whileWaiting();
            }
        }
        finally
        {
            cancel.Request();
            // What it logs to must not go before it.
            IsOver(reading, milliseconds: -1);
        }

        return list;
    }

    private static bool IsOver(Task task, int milliseconds) => Task.WaitAny(new[] { task }, milliseconds) == 0;

    private void Read(ISessionClient client, NavCancel cancel)
    {
        try
        {
            using var rows = client.Sessions(new SessionFilter { SessionIds = only }, cancel);
            while (rows.Next() is { } session)
            {
                sessions[session.SessionID] = session;
            }
        }
        catch (NavSessionException exception)
        {
            Failure = exception;
        }
    }
}
