using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavCheckedStep
{
    internal UIntPtr Size;
    internal int Step;
    internal int Verdict;
    internal NavText Message;
    internal NavText ErrorId;
    internal NavText RecommendedAction;
}

/// <summary><c>nav_check</c>: whether an endpoint works, step by step.</summary>
internal sealed unsafe class NavCheck : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_check_endpoint(
        NavClientOptions* options, IntPtr cancel, IntPtr* check, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_check_next(IntPtr check, NavCheckedStep* step, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_check_free(IntPtr check);

    internal NavCheck(ClientOptions options, NavCancel cancel)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var native = new NativeClientOptions(options);
        var given = native.Options;
        using var cancellation = cancel.Borrow();
        IntPtr check, error;
        NavError.ThrowIfFailed(nav_check_endpoint(&given, cancellation.Pointer, &check, &error), error);
        SetHandle(check);
    }

    /// <summary>Takes the next step; null when none is left.</summary>
    internal CheckedStep? Next(string serverInstance)
    {
        NavCheckedStep step = default;
        step.Size = (UIntPtr)(uint)sizeof(NavCheckedStep);
        IntPtr error;
        using var check = Borrow();
        var status = nav_check_next(check.Pointer, &step, &error);
        NavError.ThrowIfFailed(status, error);
        return status == NavStatus.End
            ? null
            : new CheckedStep
            {
                ServerInstance = serverInstance,
                Step = (EndpointStep)step.Step,
                Result = (StepResult)step.Verdict,
                Message = step.Message.Read(),
                ErrorId = step.ErrorId.Read(),
                RecommendedAction = step.RecommendedAction.Read(),
            };
    }

    protected override bool ReleaseHandle()
    {
        nav_check_free(handle);
        return true;
    }
}
