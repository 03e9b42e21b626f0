using System.Runtime.InteropServices;

namespace NavServerSession.Load;

/// <summary>What the process holds, after all that nobody uses has been given back.</summary>
internal sealed partial record Footprint
{
    /// <summary>Bytes that the library and all other native code have allocated and not freed; null where nobody tells.</summary>
    internal long? Native { get; private init; }

    /// <summary>Bytes that managed objects take.</summary>
    internal long Managed { get; private init; }

    /// <summary>Bytes of memory that is resident; null where nobody tells.</summary>
    internal long? Resident { get; private init; }

    private const long Noise = 64 << 10;

    /// <summary>Whether threads and files of a process can be seen here.</summary>
    internal static bool ShowsThreadsAndFiles { get; } = OperatingSystem.IsLinux();

    /// <summary>Waits for what the runtime does in the background, so that the same is measured each time.</summary>
    internal static Footprint Measure()
    {
        var least = MeasureNow();
        for (var (settled, attempt) = (0, 0); settled < 3 && attempt < 20; attempt++)
        {
            Thread.Sleep(50);
            var next = MeasureNow();
            settled = next.Native < least.Native - Noise || next.Managed < least.Managed - Noise ? 0 : settled + 1;
            least = settled == 0 ? next : least;
        }

        return least;
    }

    private static Footprint MeasureNow()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        var native = InUse();
        return new Footprint
        {
            Native = native,
            Managed = GC.GetTotalMemory(forceFullCollection: true),
            Resident = ResidentBytes(),
        };
    }

    /// <summary>How many threads of the library there are.</summary>
    internal static int Threads() => Directory
        .EnumerateDirectories("/proc/self/task")
        .Count(task => Text(Path.Combine(task, "comm")).StartsWith("nav-session", StringComparison.Ordinal));

    /// <summary>How many sockets the process has open; the library has two for a thread, and one for a connection.</summary>
    internal static int Sockets() => Files("socket:");

    /// <summary>How many files of any kind the process has open, but for assemblies: the runtime loads them when they are needed.</summary>
    internal static int Files(string kind = "") => Directory
        .EnumerateFiles("/proc/self/fd")
        .Count(file => Target(file) is { } target && target.StartsWith(kind, StringComparison.Ordinal)
            && !target.EndsWith(".dll", StringComparison.Ordinal));

    private static long? ResidentBytes() => ShowsThreadsAndFiles
        ? long.Parse(Text("/proc/self/statm").Split(' ')[1]) * Environment.SystemPageSize
        : null;

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            // A thread that has ended meanwhile.
            return string.Empty;
        }
    }

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long? InUse()
    {
        try
        {
            malloc_trim(0);
            var info = mallinfo2();
            return (long)(info.InUse + info.MappedBytes);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library than glibc 2.33 or later.
            return null;
        }
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial MallocInfo mallinfo2();

    /// <summary>struct mallinfo2 of malloc.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MallocInfo
    {
        internal nuint Arena;
        internal nuint FreeChunks;
        internal nuint FastBins;
        internal nuint MappedRegions;
        internal nuint MappedBytes;
        internal nuint Unused;
        internal nuint FastBinBytes;
        internal nuint InUse;
        internal nuint Free;
        internal nuint Releasable;
    }
}
