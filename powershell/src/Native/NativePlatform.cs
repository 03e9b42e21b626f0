using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>The platform this process runs on, as the module's folders are named after it.</summary>
internal sealed class NativePlatform
{
    private readonly string extension;

    private NativePlatform(string system, string architecture, string extension)
    {
        Folder = $"{system}-{architecture}";
        this.extension = extension;
    }

    /// <summary>The platform of this process; null where there is no library for it.</summary>
    internal static NativePlatform? Current { get; } = Find();

    /// <summary>The platform in words, whether it is supported or not.</summary>
    internal static string Description =>
        $"{RuntimeInformation.OSDescription.Trim()} in a process of architecture {RuntimeInformation.ProcessArchitecture}";

    internal string Folder { get; }

    internal string FileName => $"{NativeLibraryLoader.Name}.{extension}";

    /// <summary>What to do about a library that is there and does not load.</summary>
    internal string LoadAdvice(string path) => extension switch
    {
        "so" => $"It needs libcurl 4 (package libcurl4 or libcurl). `ldd '{path}'` lists what is missing.",
        "dylib" => $"`otool -L '{path}'` lists what it needs.",
        _ => "Install the module again. If the file came from the Internet, unblock it: "
            + $"Unblock-File -LiteralPath '{path}'",
    };

    private static NativePlatform? Find()
    {
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            _ => null,
        };
        if (architecture is null)
        {
            return null;
        }

        if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
        {
            return new NativePlatform("win", architecture, "dll");
        }

        if (RuntimeInformation.IsOSPlatform(OSPlatform.Linux))
        {
            return new NativePlatform("linux", architecture, "so");
        }

        return RuntimeInformation.IsOSPlatform(OSPlatform.OSX)
            ? new NativePlatform("osx", architecture, "dylib")
            : null;
    }
}
