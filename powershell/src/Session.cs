using System;

namespace NavServerSession;

/// <summary>A session of a server instance, with the columns existing scripts read.</summary>
public sealed class Session
{
    internal Session()
    {
    }

    /// <summary>The number of the server instance in its database.</summary>
    public int ServerInstanceID { get; internal set; }

    /// <summary>The session's number, unique on its server instance as long as it lives. It can be negative.</summary>
    public int SessionID { get; internal set; }

    /// <summary>The security id of the user.</summary>
    public string? UserSID { get; internal set; }

    /// <summary>The server instance, in the server's own word.</summary>
    public string? ServerInstanceName { get; internal set; }

    /// <summary>The computer the server instance runs on.</summary>
    public string? ServerComputerName { get; internal set; }

    /// <summary>The user.</summary>
    public string? UserID { get; internal set; }

    /// <summary>What the user works with, such as WebClient.</summary>
    public string? ClientType { get; internal set; }

    /// <summary>The computer the user works at.</summary>
    public string? ClientComputerName { get; internal set; }

    /// <summary>When the session began, in local time.</summary>
    public DateTime? LoginDatetime { get; internal set; }

    /// <summary>The database.</summary>
    public string? DatabaseName { get; internal set; }

    /// <summary>What tells this session from every other, where the server's version has it.</summary>
    public Guid? SessionUniqueID { get; internal set; }

    /// <summary>Whether this is the session that carried the list.</summary>
    public bool OwnSession { get; internal set; }

    /// <summary>What began the session's work. This and the following come from Business Central online alone.</summary>
    public string? EntryPointOperation { get; internal set; }

    /// <summary>The name of the object the session's work began in.</summary>
    public string? EntryPointObjectName { get; internal set; }

    /// <summary>The id of that object.</summary>
    public string? EntryPointObjectID { get; internal set; }

    /// <summary>The type of that object.</summary>
    public string? EntryPointObjectType { get; internal set; }

    /// <summary>The name of the object that runs now.</summary>
    public string? CurrentObjectName { get; internal set; }

    /// <summary>The id of that object.</summary>
    public long? CurrentObjectID { get; internal set; }

    /// <summary>The type of that object.</summary>
    public string? CurrentObjectType { get; internal set; }

    /// <summary>How long the current operation has been running, as the server says it.</summary>
    public long? CurrentOperationDuration { get; internal set; }

    /// <summary>How long ago the session began when the server listed it, by the server's clock.</summary>
    public TimeSpan? Age { get; internal set; }

    /// <summary>The server instance as it was asked for, which finds its endpoint again.</summary>
    public string? ServerInstance { get; internal set; }

    /// <summary>The tenant that was asked for.</summary>
    public string? Tenant { get; internal set; }
}
