using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Completion;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Lists sessions.</summary>
[Cmdlet(VerbsCommon.Get, "NAVServerSession", DefaultParameterSetName = ServerInstanceSet)]
[OutputType(typeof(Session))]
public sealed class GetNavServerSession : SessionCommand
{
    /// <summary>Only the sessions of these ids.</summary>
    // An empty list, such as a variable that holds nothing, must not stand for all sessions.
    [Parameter]
    [SessionIdArgument]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public int[]? SessionId { get; set; }

    /// <summary>Only the sessions of these users.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(UserIdCompleter))]
    public string[]? UserId { get; set; }

    /// <summary>Only the sessions of these kinds of client.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClientTypeCompleter))]
    public string[]? ClientType { get; set; }

    /// <summary>Only the sessions from these computers.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ClientComputerNameCompleter))]
    public string[]? ClientComputerName { get; set; }

    /// <summary>Only the sessions that began longer ago than this.</summary>
    [Parameter]
    [OlderThanArgument]
    public TimeSpan OlderThan { get; set; }

    /// <summary>Not the session that carries the list itself.</summary>
    [Parameter]
    public SwitchParameter ExcludeOwnSession { get; set; }

    private protected override NavSessionException? Refusal(PipedObject piped)
    {
        if (IsSession(piped) && piped.SessionId is null)
        {
            return new NavSessionException(
                $"{piped.Description} was piped in, and its SessionID is not a session id.",
                "NotASession",
                nameof(ErrorCategory.InvalidType),
                "Pipe in what Get-NAVServerSession writes, or the names of server instances.");
        }

        var isRowOfThisInstance = piped.IsRow && IsSession(piped) && ServerInstanceIsOnCommandLine;
        return isRowOfThisInstance ? null : base.Refusal(piped);
    }

    private protected override void Process(string serverInstance, PipedObject? piped)
    {
        object target = piped is null ? serverInstance : InputObject!;
        if (Connect(serverInstance, target) is not { } connection)
        {
            return;
        }

        var row = piped is not null && IsSession(piped) ? piped : null;
        var filter = new SessionFilter
        {
            SessionIds = SessionId,
            UserIds = UserId,
            ClientTypes = ClientType,
            ClientComputerNames = ClientComputerName,
            OlderThan = IsOnCommandLine(nameof(OlderThan)) ? OlderThan : null,
            ExcludeOwnSession = ExcludeOwnSession,
            Row = row is null ? null : (row.SessionId!.Value, row.SessionUniqueId, row.StatedLogin ?? row.Login),
        };
        try
        {
            var listed = Write(connection.Client!, filter, serverInstance);
            if (filter.IsOfIdsAlone)
            {
                foreach (var id in SessionId.Distinct().Where(id => !listed.Contains(id)))
                {
                    WriteError(NotFound(id, connection.Client!), id);
                }
            }
            else if (row is not null && listed.Count == 0)
            {
                var server = connection.Client!.Name;
                Tell($"Session {row.SessionId} on {server} is not there any more, or not among those asked for.");
            }
        }
        catch (NavSessionException exception)
        {
            WriteLog();
            WriteError(exception, connection, target);
        }
    }

    /// <summary>Whether it is a session, to be looked up again. Otherwise it names a server instance.</summary>
    private bool IsSession(PipedObject piped) => SessionId is null && piped.HasSessionId;

    /// <summary>Writes the rows as they come, and gives the ids among those that were asked for.</summary>
    private HashSet<int> Write(ISessionClient client, SessionFilter filter, string serverInstance)
    {
        var listed = new HashSet<int>();
        using var sessions = client.Sessions(filter, Cancellation);
        WriteLog();
        while (sessions.Next() is { } session)
        {
            WriteLog();
            session.ServerInstance = serverInstance;
            session.Tenant = Tenant?.ToString();
            if (filter.SessionIds is not null || filter.Row is not null)
            {
                listed.Add(session.SessionID);
            }

            WriteObject(session);
        }

        WriteLog();
        return listed;
    }

    private NavSessionException NotFound(int id, ISessionClient client) =>
        new(
            $"There is no session {id} on {client.Name}{(Tenant is null ? string.Empty : $", tenant {Tenant}")}.",
            "SessionNotFound",
            nameof(ErrorCategory.ObjectNotFound),
            "Get-NAVServerSession without -SessionId lists the sessions there are.");
}
