using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavSession
{
    internal UIntPtr Size;
    internal int ServerInstanceId;
    internal int SessionId;
    internal NavText UserSid;
    internal NavText ServerInstanceName;
    internal NavText ServerComputerName;
    internal NavText UserId;
    internal NavText ClientType;
    internal NavText ClientComputerName;
    internal long LoginDatetime;
    internal NavText DatabaseName;
    internal NavText SessionUniqueId;
    internal byte OwnSession;
    internal NavText EntryPointOperation;
    internal NavText EntryPointObjectName;
    internal NavText EntryPointObjectId;
    internal NavText EntryPointObjectType;
    internal NavText CurrentObjectName;
    internal long CurrentObjectId;
    internal NavText CurrentObjectType;
    internal long CurrentOperationDuration;
    internal long Age;
}

/// <summary><c>nav_sessions</c>: a list of sessions being read, page by page.</summary>
internal sealed unsafe class NavSessions : NavHandle, ISessionReader
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_sessions_next(IntPtr sessions, NavSession* session, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_sessions_free(IntPtr sessions);

    /// <summary><c>NAV_NO_NUMBER</c>.</summary>
    private const long NoNumber = long.MinValue;

    private Session? last;

    internal NavSessions(IntPtr sessions) => SetHandle(sessions);

    /// <summary>The next session; null when none is left.</summary>
    public Session? Next()
    {
        NavSession session = default;
        session.Size = (UIntPtr)(uint)sizeof(NavSession);
        IntPtr error;
        using var sessions = Borrow();
        var status = nav_sessions_next(sessions.Pointer, &session, &error);
        NavError.ThrowIfFailed(status, error);
        return last = status == NavStatus.End
            ? null
            : new Session
            {
                ServerInstanceID = session.ServerInstanceId,
                SessionID = session.SessionId,
                UserSID = session.UserSid.Read(last?.UserSID),
                ServerInstanceName = session.ServerInstanceName.Read(last?.ServerInstanceName),
                ServerComputerName = session.ServerComputerName.Read(last?.ServerComputerName),
                UserID = session.UserId.Read(last?.UserID),
                ClientType = session.ClientType.Read(last?.ClientType),
                ClientComputerName = session.ClientComputerName.Read(last?.ClientComputerName),
                LoginDatetime = NavDateTime.Read(session.LoginDatetime),
                Age = Number(session.Age) is { } age ? TimeSpan.FromTicks(age) : null,
                DatabaseName = session.DatabaseName.Read(last?.DatabaseName),
                SessionUniqueID = Guid.TryParse(session.SessionUniqueId.Read(), out var uniqueId) ? uniqueId : null,
                OwnSession = session.OwnSession != 0,
                EntryPointOperation = session.EntryPointOperation.Read(),
                EntryPointObjectName = session.EntryPointObjectName.Read(),
                EntryPointObjectID = session.EntryPointObjectId.Read(),
                EntryPointObjectType = session.EntryPointObjectType.Read(),
                CurrentObjectName = session.CurrentObjectName.Read(),
                CurrentObjectID = Number(session.CurrentObjectId),
                CurrentObjectType = session.CurrentObjectType.Read(),
                CurrentOperationDuration = Number(session.CurrentOperationDuration),
            };
    }

    private static long? Number(long number) => number == NoNumber ? null : number;

    protected override bool ReleaseHandle()
    {
        nav_sessions_free(handle);
        return true;
    }
}
