using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>The connections that the library keeps for later calls.</summary>
internal static class NavConnections
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_close_connections();

    /// <summary>Closes those that nobody uses, if there can be any.</summary>
    internal static void Close()
    {
        if (NativeLibraryLoader.Path is not null)
        {
            nav_close_connections();
        }
    }
}
