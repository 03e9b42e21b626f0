namespace NavServerSession.Native;

/// <summary>The statuses of <c>nav_status</c> that are acted on; all others only come with an error.</summary>
internal static class NavStatus
{
    internal const int Ok = 0;
    internal const int End = 1;
    private const int InvalidEndpoint = 103;
    private const int EndpointNotFound = 200;
    private const int CustomSettingsInvalid = 204;
    private const int CustomSettingsUnavailable = 205;
    private const int ServiceDisabled = 407;
    private const int HostNotFound = 300;
    private const int ConnectTimeout = 302;
    internal const int Cancelled = 500;

    /// <summary>
    /// Whether opening a client found no way to a server instance that is not registered: nothing names it, or it is installed
    /// on this computer and its settings do not say how it is reached.
    /// </summary>
    internal static bool IsNoWayKnown(int status) => status
        is EndpointNotFound or InvalidEndpoint or CustomSettingsInvalid or CustomSettingsUnavailable or ServiceDisabled;

    /// <summary>Whether the server was not reached, and it took its time to find that out.</summary>
    internal static bool IsSlowToReach(int status) => status is HostNotFound or ConnectTimeout;
}
