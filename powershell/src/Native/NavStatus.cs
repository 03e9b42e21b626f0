namespace NavServerSession.Native;

/// <summary>The statuses of <c>nav_status</c> that are acted on; all others only come with an error.</summary>
internal static class NavStatus
{
    internal const int Ok = 0;
    internal const int End = 1;
    private const int HostNotFound = 300;
    private const int ConnectTimeout = 302;
    internal const int Cancelled = 500;

    /// <summary>Whether the server was not reached, and it took its time to find that out.</summary>
    internal static bool IsSlowToReach(int status) => status is HostNotFound or ConnectTimeout;
}
