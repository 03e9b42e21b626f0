using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary><c>nav_string</c>: a text the library made.</summary>
internal sealed unsafe class NavString : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_string_text(IntPtr text, NavText* borrowed);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_string_free(IntPtr text);

    private NavString(IntPtr text) => SetHandle(text);

    /// <summary>Takes over a text and copies it.</summary>
    internal static string Take(IntPtr text)
    {
        using var owned = new NavString(text);
        using var borrowed = owned.Borrow();
        NavText read;
        nav_string_text(borrowed.Pointer, &read);
        return read.Read() ?? string.Empty;
    }

    protected override bool ReleaseHandle()
    {
        nav_string_free(handle);
        return true;
    }
}
