using System;

namespace NavServerSession;

/// <summary>A session that is gone, with what was known of it.</summary>
public sealed class RemovedSession
{
    internal RemovedSession()
    {
    }

    /// <summary>The server instance as it was asked for, which finds its endpoint again.</summary>
    public string? ServerInstance { get; internal set; }

    /// <summary>The tenant that was asked for.</summary>
    public string? Tenant { get; internal set; }

    /// <summary>The number the session had, which the server gives to another one later.</summary>
    public int SessionID { get; internal set; }

    /// <summary>The user, as far as a row or the prompt told. So with the following.</summary>
    public string? UserID { get; internal set; }

    /// <summary>What the user worked with, such as WebClient.</summary>
    public string? ClientType { get; internal set; }

    /// <summary>The computer the user worked at.</summary>
    public string? ClientComputerName { get; internal set; }

    /// <summary>When the session began.</summary>
    public DateTime? LoginDatetime { get; internal set; }

    /// <summary>What told this session from every other.</summary>
    public Guid? SessionUniqueID { get; internal set; }

    /// <summary>Removed by this command, or NotFound where it had ended before.</summary>
    public RemovalOutcome Outcome { get; internal set; }
}

/// <summary>What a removal came to; the numbers are the native library's.</summary>
public enum RemovalOutcome
{
    /// <summary>The server ended the session.</summary>
    Removed = 1,

    /// <summary>There is no such session now.</summary>
    NotFound = 2,

    /// <summary>The id belongs to another session by now, and nothing was removed.</summary>
    Changed = 3,

    /// <summary>It is the session of the call itself, and is left alone.</summary>
    OwnSession = 4,

    /// <summary>It lives on another server instance of the same database.</summary>
    OtherInstance = 5,

    /// <summary>The server said no.</summary>
    Refused = 6,

    /// <summary>It was still listed when the wait ended.</summary>
    StillPresent = 7,

    /// <summary>The connection broke after the request went out, and the list could not settle it.</summary>
    Unknown = 8,
}
