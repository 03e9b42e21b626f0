using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>The two names of a server instance, from either.</summary>
internal readonly unsafe struct ServerInstanceNames
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_server_instance_names(
        byte* name, UIntPtr nameLength, IntPtr* fullName, IntPtr* shortName, IntPtr* error);

    private ServerInstanceNames(string full, string @short)
    {
        Full = full;
        Short = @short;
    }

    /// <summary>As the Windows service is called: <c>MicrosoftDynamicsNavServer$NAME</c>.</summary>
    internal string Full { get; }

    /// <summary>As people call it: <c>NAME</c>.</summary>
    internal string Short { get; }

    internal static ServerInstanceNames Of(string name)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var text = new PinnedText(name);
        IntPtr fullName, shortName, error;
        NavError.ThrowIfFailed(
            nav_server_instance_names(text.Data, text.Length, &fullName, &shortName, &error), error);
        return new ServerInstanceNames(NavString.Take(fullName), NavString.Take(shortName));
    }
}
