using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavRemoved
{
    internal UIntPtr Size;
    internal ulong Tag;
    internal int SessionId;
    internal int Status;
    internal int Outcome;
}

/// <summary>A removal that has ended.</summary>
internal readonly struct Removed
{
    internal Removed(ulong tag, RemovalOutcome? outcome, NavSessionException? reason)
    {
        Tag = tag;
        Outcome = outcome;
        Reason = reason;
    }

    /// <summary>What it was added with.</summary>
    internal ulong Tag { get; }

    /// <summary>What became of the session; null where nothing was done.</summary>
    internal RemovalOutcome? Outcome { get; }

    /// <summary>Why it was not removed; null when it was.</summary>
    internal NavSessionException? Reason { get; }
}

/// <summary><c>nav_removals</c>: removals in flight.</summary>
internal sealed unsafe class NavRemovals : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_removals_new(uint limit, IntPtr cancel, IntPtr* removals, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_removals_add(
        IntPtr removals, IntPtr client, NavSessionKey* key, ulong tag, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_removals_has_room(IntPtr removals, uint waitMilliseconds, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_removals_next(
        IntPtr removals, uint waitMilliseconds, NavRemoved* removed, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_removals_free(IntPtr removals);

    /// <summary>At most <paramref name="limit"/> requests are in flight; <paramref name="cancel"/> ends them.</summary>
    internal NavRemovals(int limit, NavCancel cancel)
    {
        using var cancellation = cancel.Borrow();
        IntPtr removals, error;
        NavError.ThrowIfFailed(nav_removals_new((uint)limit, cancellation.Pointer, &removals, &error), error);
        SetHandle(removals);
    }

    /// <summary>Sends a removal off. Waits until there is room for it.</summary>
    /// <param name="client">The server instance.</param>
    /// <param name="sessionId">The session's id.</param>
    /// <param name="uniqueId">Its unique id; null is not compared.</param>
    /// <param name="login">When it began; null is not compared.</param>
    /// <param name="tag">What comes back when it has ended.</param>
    internal void Add(NavClient client, int sessionId, Guid? uniqueId, DateTime? login, ulong tag)
    {
        using var uniqueIdText = new PinnedText(uniqueId?.ToString());
        var key = NavSessionKey.Of(sessionId, uniqueIdText, login);
        using var removals = Borrow();
        using var borrowed = client.Borrow();
        IntPtr error;
        NavError.ThrowIfFailed(
            nav_removals_add(removals.Pointer, borrowed.Pointer, &key, tag, &error), error);
    }

    /// <summary>Whether a removal can be added at once; waits for that at most <paramref name="milliseconds"/>.</summary>
    internal bool HasRoom(uint milliseconds)
    {
        using var removals = Borrow();
        IntPtr error;
        var status = nav_removals_has_room(removals.Pointer, milliseconds, &error);
        NavError.ThrowIfFailed(status, error);
        return status == NavStatus.Ok;
    }

    /// <summary>One that has ended; null when none is left, or none has after <paramref name="milliseconds"/>.</summary>
    internal Removed? Next(uint milliseconds)
    {
        NavRemoved removed = default;
        removed.Size = (UIntPtr)(uint)sizeof(NavRemoved);
        using var removals = Borrow();
        IntPtr error;
        var status = nav_removals_next(removals.Pointer, milliseconds, &removed, &error);
        var reason = NavError.Take(status, error);
        if (status == NavStatus.End)
        {
            return null;
        }

        if (status != NavStatus.Ok)
        {
            throw reason ?? NavError.Undescribed(status);
        }

        return removed.Status == NavStatus.Ok
            ? new Removed(removed.Tag, (RemovalOutcome)removed.Outcome, reason)
            : new Removed(removed.Tag, null, reason ?? NavError.Undescribed(removed.Status));
    }

    protected override bool ReleaseHandle()
    {
        nav_removals_free(handle);
        return true;
    }
}
