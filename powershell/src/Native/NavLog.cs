using System;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace NavServerSession.Native;

/// <summary>What the library logs, kept until the call has returned: a cmdlet's streams may not be written from inside one.</summary>
internal sealed unsafe class NavLog : IDisposable
{
    // Kept alive as long as the process, because the library only has the pointer to it.
    private static readonly LogCallback Callback = OnLine;

    private readonly ConcurrentQueue<Line> lines = new();
    private GCHandle context;

    internal NavLog() => context = GCHandle.Alloc(this);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void LogCallback(IntPtr context, int level, byte* text, UIntPtr length);

    internal static IntPtr Function => Marshal.GetFunctionPointerForDelegate(Callback);

    internal IntPtr Context => GCHandle.ToIntPtr(context);

    internal bool TryTake(out Line line) => lines.TryDequeue(out line);

    public void Dispose()
    {
        if (context.IsAllocated)
        {
            context.Free();
        }
    }

    private static void OnLine(IntPtr context, int level, byte* text, UIntPtr length)
    {
        try
        {
            var log = (NavLog)GCHandle.FromIntPtr(context).Target!;
            log.lines.Enqueue(new Line(level > 1, Encoding.UTF8.GetString(text, checked((int)length))));
        }
        catch (Exception)
        {
            // An exception would unwind through native frames and end the process; a lost log line does not.
        }
    }

    internal readonly struct Line
    {
        internal Line(bool isDebug, string text)
        {
            IsDebug = isDebug;
            Text = text;
        }

        internal bool IsDebug { get; }

        internal string Text { get; }
    }
}
