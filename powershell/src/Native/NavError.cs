using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavErrorInfo
{
    internal UIntPtr Size;
    internal int Status;
    internal int HttpStatus;
    internal NavText Id;
    internal NavText Category;
    internal NavText Message;
    internal NavText RecommendedAction;
}

/// <summary><c>nav_error</c>: what went wrong, told once as an exception.</summary>
internal sealed unsafe class NavError : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_error_describe(IntPtr error, NavErrorInfo* info);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_error_free(IntPtr error);

    private NavError(IntPtr error) => SetHandle(error);

    /// <summary>Takes over what a call left behind, and throws it unless the call was a success.</summary>
    internal static void ThrowIfFailed(int status, IntPtr error)
    {
        var exception = Take(status, error);
        if (status != NavStatus.Ok && status != NavStatus.End)
        {
            throw exception ?? Undescribed(status);
        }
    }

    /// <summary>Takes over what a call left behind: null where it left nothing.</summary>
    internal static NavSessionException? Take(int status, IntPtr error)
    {
        if (error == IntPtr.Zero)
        {
            return null;
        }

        using var owned = new NavError(error);
        using var borrowed = owned.Borrow();
        NavErrorInfo info = default;
        info.Size = (UIntPtr)(uint)sizeof(NavErrorInfo);
        return nav_error_describe(borrowed.Pointer, &info) != NavStatus.Ok
            ? Undescribed(status)
            : new NavSessionException(
                info.Message.Read() ?? string.Empty,
                info.Id.Read() ?? "Unknown",
                info.Category.Read(),
                info.RecommendedAction.Read(),
                info.Status,
                info.HttpStatus);
    }

    protected override bool ReleaseHandle()
    {
        nav_error_free(handle);
        return true;
    }

    internal static NavSessionException Undescribed(int status) =>
        new(
            $"The native library of NavServerSession failed with status {status} and said nothing more.",
            "Undescribed",
            "NotSpecified",
            "This is a fault of NavServerSession. Please report it, with the command that led to it.",
            status);
}
