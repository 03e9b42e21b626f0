using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Lists sessions.</summary>
[Cmdlet(VerbsCommon.Get, "NAVServerSession", DefaultParameterSetName = ServerInstanceSet)]
[OutputType(typeof(Session))]
public sealed class GetNavServerSession : SessionCommand
{
    /// <summary>Only the session of this id.</summary>
    [Parameter]
    [SessionIdArgument]
    public int SessionId { get; set; }

    private protected override void Process(string serverInstance, PipedObject? piped)
    {
        object target = piped is null ? serverInstance : InputObject!;
        if (Connect(serverInstance, target) is not { } connection)
        {
            return;
        }

        int? sessionId = IsOnCommandLine(nameof(SessionId)) ? SessionId : null;
        try
        {
            using var sessions = connection.Client!.Sessions(sessionId, Cancellation);
            WriteLog();
            while (sessions.Next() is { } session)
            {
                WriteLog();
                session.ServerInstance = serverInstance;
                session.Tenant = Tenant?.ToString();
                WriteObject(session);
            }

            WriteLog();
        }
        catch (NavSessionException exception)
        {
            WriteLog();
            WriteError(exception, connection, target);
        }
    }
}
