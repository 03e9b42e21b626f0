using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>What the library says of itself.</summary>
internal static unsafe class NavVersion
{
    /// <summary>The ABI version this assembly was written for.</summary>
    internal const uint SupportedAbi = 1;

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern uint nav_abi_version();

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_version(NavText* version);

    /// <summary>Only for the loader, which asks before anything else may be called.</summary>
    internal static uint Abi() => nav_abi_version();

    internal static string Read()
    {
        NativeLibraryLoader.EnsureLoaded();
        NavText version;
        nav_version(&version);
        return version.Read() ?? string.Empty;
    }
}
