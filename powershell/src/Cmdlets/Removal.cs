using System;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>One removal: the session that is meant, and what became of it.</summary>
internal sealed class Removal
{
    internal Removal(SessionCommand.Connection connection, string serverInstance, int sessionId)
    {
        Connection = connection;
        Client = connection.Client!;
        ServerInstance = serverInstance;
        SessionId = sessionId;
    }

    internal SessionCommand.Connection Connection { get; }

    internal ISessionClient Client { get; }

    /// <summary>The server instance as it was asked for.</summary>
    internal string ServerInstance { get; }

    internal int SessionId { get; }

    internal TenantId? Tenant { get; set; }

    /// <summary>What the session's unique id must be; null is not compared.</summary>
    internal Guid? UniqueId { get; set; }

    /// <summary>When it must have begun; null is not compared.</summary>
    internal DateTime? Login { get; set; }

    /// <summary>What errors about it are about.</summary>
    internal object? Target { get; set; }

    /// <summary>What is known of the session.</summary>
    internal PipedObject? Known { get; set; }

    /// <summary>Whether it came as a row of a list, and not as an id that somebody typed.</summary>
    internal bool IsRow { get; set; }

    /// <summary>What became of the session; null where nothing was done.</summary>
    internal RemovalOutcome? Outcome { get; set; }

    /// <summary>Why it was not removed; null when it was.</summary>
    internal NavSessionException? Reason { get; set; }

    /// <summary>The session is gone, by this removal or before it.</summary>
    internal bool IsGone => Outcome is RemovalOutcome.Removed || (Outcome is RemovalOutcome.NotFound && IsRow);

    internal RemovedSession ToRemovedSession() => new()
    {
        ServerInstance = ServerInstance,
        Tenant = Tenant?.ToString(),
        SessionID = SessionId,
        UserID = Known?.UserId,
        ClientType = Known?.ClientType,
        ClientComputerName = Known?.ClientComputerName,
        LoginDatetime = Known?.LoginDatetime ?? Login,
        SessionUniqueID = UniqueId,
        Outcome = Outcome!.Value,
    };
}
