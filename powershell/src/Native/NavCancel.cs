using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary><c>nav_cancel</c>: ends, from any thread, the calls it was given to.</summary>
internal sealed unsafe class NavCancel : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_cancel_new(IntPtr* cancel, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_cancel_request(IntPtr cancel);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_cancel_free(IntPtr cancel);

    internal NavCancel()
    {
        NativeLibraryLoader.EnsureLoaded();
        IntPtr cancel, error;
        NavError.ThrowIfFailed(nav_cancel_new(&cancel, &error), error);
        SetHandle(cancel);
    }

    internal void Request()
    {
        try
        {
            using var borrowed = Borrow();
            nav_cancel_request(borrowed.Pointer);
        }
        catch (ObjectDisposedException)
        {
            // Stop and the end of the command race; after the end there is nothing to cancel.
        }
    }

    protected override bool ReleaseHandle()
    {
        nav_cancel_free(handle);
        return true;
    }
}
