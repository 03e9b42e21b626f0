using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavClientOptions
{
    internal UIntPtr Size;
    internal NavText ServerInstance;
    internal NavText EndpointJson;
    internal NavText EndpointsFile;
    internal NavText Tenant;
    internal NavText UserName;
    internal NavText Password;
    internal NavText Comment;
    internal byte AllowUnencryptedAuthentication;
    internal IntPtr Log;
    internal IntPtr LogContext;
    internal NavText AccessToken;
    internal uint WaitMilliseconds;
    internal byte SkipCertificateCheck;
    internal int RetryMode;
    internal byte HasMaxRetries;
    internal uint MaxRetries;
    internal byte HasRetryDelay;
    internal uint RetryDelayMilliseconds;
    internal uint NetworkTimeoutMilliseconds;
}

/// <summary>How the pauses between retries grow; the numbers are the library's.</summary>
internal enum NavRetryMode
{
    Default = 0,
    Fixed = 1,
    Exponential = 2,
}

[StructLayout(LayoutKind.Sequential)]
internal struct NavSessionKey
{
    internal UIntPtr Size;
    internal int SessionId;
    internal NavText SessionUniqueId;
    internal long LoginDatetime;

    /// <summary>Which session is meant.</summary>
    /// <param name="sessionId">Its id.</param>
    /// <param name="uniqueId">Its unique id, which the caller keeps pinned.</param>
    /// <param name="login">When it began; null is not compared.</param>
    internal static unsafe NavSessionKey Of(int sessionId, PinnedText uniqueId, DateTime? login) => new()
    {
        Size = (UIntPtr)(uint)sizeof(NavSessionKey),
        SessionId = sessionId,
        SessionUniqueId = uniqueId.Text,
        LoginDatetime = NavDateTime.From(login),
    };
}

/// <summary><c>nav_client</c>: one server instance, as one caller reaches it.</summary>
internal sealed unsafe class NavClient : NavHandle, ISessionClient
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_client_open(NavClientOptions* options, IntPtr* client, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_client_name(IntPtr client, NavText* name, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_client_free(IntPtr client);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_list_sessions(
        IntPtr client, NavSessionFilter* filter, IntPtr cancel, IntPtr* sessions, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_remove_session(
        IntPtr client, NavSessionKey* key, IntPtr cancel, int* outcome, IntPtr* error);

    /// <summary>Looks the server instance up. No connection is made yet.</summary>
    internal NavClient(ClientOptions options)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var native = new NativeClientOptions(options);
        var given = native.Options;
        IntPtr client, error;
        NavError.ThrowIfFailed(nav_client_open(&given, &client, &error), error);
        SetHandle(client);
        NavText name;
        NavError.ThrowIfFailed(nav_client_name(client, &name, &error), error);
        Name = name.Read()!;
    }

    /// <summary>How messages name the server instance.</summary>
    public string Name { get; }

    public bool IsBoundToPipeline => false;

    /// <summary>The sessions that the filter admits. Errors of the call come when they are read.</summary>
    public ISessionReader Sessions(SessionFilter filter, NavCancel cancel)
    {
        IntPtr sessions = default;
        filter.Lend(native =>
        {
            using var client = Borrow();
            using var cancellation = cancel.Borrow();
            IntPtr list, error;
            NavError.ThrowIfFailed(
                nav_list_sessions(client.Pointer, native, cancellation.Pointer, &list, &error), error);
            sessions = list;
        });
        return new NavSessions(sessions);
    }

    /// <summary>Ends a session, if it is still the one that is meant.</summary>
    /// <param name="sessionId">Its id.</param>
    /// <param name="uniqueId">Its unique id; null is not compared.</param>
    /// <param name="login">When it began; null is not compared.</param>
    /// <param name="cancel">Ends the call from another thread.</param>
    /// <param name="reason">Why it was not removed; null when it was.</param>
    internal RemovalOutcome Remove(
        int sessionId, Guid? uniqueId, DateTime? login, NavCancel cancel, out NavSessionException? reason)
    {
        using var uniqueIdText = new PinnedText(uniqueId?.ToString());
        var key = NavSessionKey.Of(sessionId, uniqueIdText, login);
        using var client = Borrow();
        using var cancellation = cancel.Borrow();
        int outcome;
        IntPtr error;
        var status = nav_remove_session(client.Pointer, &key, cancellation.Pointer, &outcome, &error);
        reason = NavError.Take(status, error);
        if (status != NavStatus.Ok)
        {
            throw reason ?? NavError.Undescribed(status);
        }

        return (RemovalOutcome)outcome;
    }

    protected override bool ReleaseHandle()
    {
        nav_client_free(handle);
        return true;
    }
}
