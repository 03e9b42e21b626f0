using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using System.Threading;
using NavServerSession.Native;

namespace NavServerSession.Mono;

/// <summary>What the module's P/Invoke layer does on another runtime than .NET.</summary>
internal static class Checks
{
    private const string ServerInstance = "DynamicsNAV";

    internal static void SessionsAreListedAndRemoved()
    {
        using var cancel = new NavCancel();
        using var client = Open();
        var session = Rows(client, cancel, 11).Single();
        Equal(11, session.SessionID);

        var outcome = client.Remove(11, session.SessionUniqueID, session.LoginDatetime, cancel, out var reason);

        Equal(RemovalOutcome.Removed, outcome);
        Equal(null, reason);
        Equal(RemovalOutcome.NotFound, client.Remove(4711, null, null, cancel, out reason));
        Equal(true, reason!.Message.Contains("4711"));
    }

    internal static void AFailureSaysWhatTheLibrarySays()
    {
        var exception = Fails(() => new NavClient(new ClientOptions("Elsewhere")).Dispose());

        Equal(200, exception.Status);
        Equal(true, exception.Message.Contains("'Elsewhere'"));
    }

    /// <summary>Each struct with its size and its fields' places, for a comparison with another runtime's.</summary>
    internal static void PrintLayouts()
    {
        foreach (var type in typeof(NavClient).Assembly.GetTypes().Where(type => type.IsValueType && type.IsLayoutSequential
            && type.StructLayoutAttribute is not null && type.Name.StartsWith("Nav", StringComparison.Ordinal)))
        {
            var places = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .Select(field => $" {field.Name}={Marshal.OffsetOf(type, field.Name)}");
            Console.WriteLine($"{type.Name}={Marshal.SizeOf(type)}{string.Concat(places)}");
        }
    }

    internal static void LinesOfTheLogArrive()
    {
        using var cancel = new NavCancel();
        using var log = new NavLog();
        using var client = Open(log);

        // What the library calls must live through collections.
        for (var i = 0; i < 20; i++)
        {
            Rows(client, cancel, 11);
            GC.Collect();
        }

        var lines = new List<NavLog.Line>();
        while (log.TryTake(out var line))
        {
            lines.Add(line);
        }

        Equal(true, lines.Any(line => line.IsDebug && line.Text.Contains("HTTP 200")));
        Equal(true, lines.Any(line => !line.IsDebug && line.Text.Contains("http://")));
    }

    internal static void ForgottenHandlesAreFreed()
    {
        var forgotten = new List<WeakReference>();
        // On a thread that has ended nothing of them is left.
        var thread = new Thread(() => Forget(forgotten));
        thread.Start();
        thread.Join();
        var clock = Stopwatch.StartNew();
        while (forgotten.Any(IsOpen) && clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Equal(300, forgotten.Count);
        // A collector that takes every number on a stack for an address may keep one.
        Equal(true, forgotten.Count(IsOpen) < 10);
        NavConnections.Close();
    }

    internal static void ACancellationFromAnotherThreadEndsACall()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var cancel = new NavCancel();
        using var client = Silent(listener);
        var canceller = new Thread(() =>
        {
            while (true)
            {
                var connection = listener.AcceptSocket();
                if (connection.Receive(new byte[1]) > 0)
                {
                    cancel.Request();
                    return;
                }
            }
        });
        canceller.Start();

        var exception = Fails(() => Rows(client, cancel, null));

        Equal(NavStatus.Cancelled, exception.Status);
        canceller.Join();
    }

    internal static void ManyRemovalsAreInFlight()
    {
        using var cancel = new NavCancel();
        using var client = Open();
        using var removals = new NavRemovals(8, cancel);
        var ids = Rows(client, cancel, null).Where(row => !row.OwnSession).Select(row => row.SessionID).Take(8).ToList();

        foreach (var id in ids)
        {
            removals.Add(client, id, null, null, (ulong)(uint)id << 32);
        }

        var ended = new List<int>();
        while (removals.Next(30_000) is { } removed)
        {
            Equal(RemovalOutcome.Removed, removed.Outcome);
            ended.Add((int)(removed.Tag >> 32));
        }

        Equal(string.Join(" ", ids.OrderBy(id => id)), string.Join(" ", ended.OrderBy(id => id)));
    }

    internal static void TextsSecretsAndTimesCross()
    {
        foreach (var name in new[] { "Größe", "名前", "😀" })
        {
            Equal($"MicrosoftDynamicsNavServer${name}", ServerInstanceNames.Of(name).Full);
        }

        foreach (var secret in new[] { string.Empty, "gehéim €😀" })
        {
            using var secure = new SecureString();
            foreach (var character in secret)
            {
                secure.AppendChar(character);
            }

            using var text = new SecretText(secure);
            Equal(secret, text.Text.Read());
        }

        var time = new DateTime(2026, 11, 22, 8, 17, 17, DateTimeKind.Utc).AddTicks(1234567);
        Equal(time, NavDateTime.Read(NavDateTime.From(time))!.Value.ToUniversalTime());
        Equal(null, NavDateTime.Read(long.MaxValue));
    }

    private static NavClient Open(NavLog? log = null) => new(new ClientOptions(ServerInstance) { Log = log });

    private static List<Session> Rows(NavClient client, NavCancel cancel, int? id)
    {
        using var sessions = client.Sessions(new SessionFilter { SessionIds = id is { } only ? new[] { only } : null }, cancel);
        var rows = new List<Session>();
        while (sessions.Next() is { } session)
        {
            rows.Add(session);
        }

        return rows;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(List<WeakReference> forgotten)
    {
        for (var i = 0; i < 100; i++)
        {
            var cancel = new NavCancel();
            var client = Open();
            foreach (var handle in new object[] { cancel, client, client.Sessions(new SessionFilter(), cancel) })
            {
                forgotten.Add(new WeakReference(handle, trackResurrection: true));
            }
        }
    }

    private static bool IsOpen(WeakReference handle) => handle.Target is SafeHandle { IsClosed: false };

    private static NavClient Silent(TcpListener listener)
    {
        var file = System.IO.Path.GetTempFileName();
        try
        {
            System.IO.File.WriteAllText(
                file,
                $$"""
                {"version":1,"endpoints":{"{{ServerInstance}}":{"service":"Soap","uri":"http://{{listener.LocalEndpoint}}/NAV",
                "company":"CRONUS","credentialType":"None"} } }
                """);
            Environment.SetEnvironmentVariable("NAV_SESSION_ENDPOINTS", file);
            return Open();
        }
        finally
        {
            System.IO.File.Delete(file);
        }
    }

    private static NavSessionException Fails(Action action)
    {
        try
        {
            action();
        }
        catch (NavSessionException exception)
        {
            return exception;
        }

        throw new InvalidOperationException("It did not fail.");
    }

    private static void Equal(object? expected, object? actual, [CallerLineNumber] int line = 0)
    {
        if (!Equals(expected, actual))
        {
            throw new InvalidOperationException($"Line {line}: expected '{expected}', and it is '{actual}'.");
        }
    }
}
