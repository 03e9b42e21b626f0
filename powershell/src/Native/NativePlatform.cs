using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>A platform, as the module's folders are named after it.</summary>
internal sealed class NativePlatform
{
    private readonly OSPlatform system;
    private readonly Architecture architecture;
    private readonly bool is64BitSystem;
    private readonly bool isMusl;
    private readonly string version;

    /// <param name="system">The operating system.</param>
    /// <param name="architecture">What the process is made for, which can be less than the system.</param>
    /// <param name="is64BitSystem">Whether the system runs 64-bit processes.</param>
    /// <param name="isMusl">Whether the process has musl as its C library.</param>
    /// <param name="version">The operating system in words, with its version.</param>
    internal NativePlatform(OSPlatform system, Architecture architecture, bool is64BitSystem, bool isMusl, string version)
    {
        this.system = system;
        this.architecture = architecture;
        this.is64BitSystem = is64BitSystem;
        this.isMusl = isMusl;
        this.version = version;
    }

    /// <summary>The platform of this process.</summary>
    internal static NativePlatform Current { get; private set; } = new(
        new[] { OSPlatform.Windows, OSPlatform.Linux, OSPlatform.OSX }.FirstOrDefault(RuntimeInformation.IsOSPlatform),
        RuntimeInformation.ProcessArchitecture,
        Environment.Is64BitOperatingSystem,
        HasMusl(),
        RuntimeInformation.OSDescription.Trim());

    /// <summary>The platform in words, whether it is supported or not.</summary>
    internal string Description => $"{version} in a process of architecture {architecture}";

    /// <summary>The folder of its library in the module's; null where there can be none.</summary>
    internal string? Folder => SystemName is { } name && ProcessorName is { } processor ? $"{name}-{processor}" : null;

    internal string FileName => $"{NativeLibraryLoader.Name}.{Extension}";

    /// <summary>What to do where the module has no library for the platform.</summary>
    internal string Alternative
    {
        get
        {
            const string Elsewhere = "on a 64-bit Windows, Linux or macOS. It reaches servers on other computers.";
            if (SystemName is null || (ProcessorName is null && !is64BitSystem))
            {
                return $"Run the command {Elsewhere}";
            }

            if (system == OSPlatform.Windows && architecture == Architecture.X86)
            {
                return "This is a 32-bit PowerShell. Start the 64-bit one: the entry of the Start menu without '(x86)', or, from "
                    + @"a 32-bit program, %SystemRoot%\SysNative\WindowsPowerShell\v1.0\powershell.exe.";
            }

            if (ProcessorName is null)
            {
                return architecture is Architecture.X86 or Architecture.Arm
                    ? "This is a 32-bit PowerShell. Start a 64-bit one."
                    : $"Run the command {Elsewhere}";
            }

            return isMusl
                ? "This system's C library is musl, as on Alpine Linux, and the library needs glibc. Run the command on a system "
                    + "that has it, such as Debian, Ubuntu or Red Hat, or build the module on this one."
                : "Install the module in a version that supports this platform, or use a PowerShell for one that it has.";
        }
    }

    /// <summary>Whether a library that does not load may be one for another C library.</summary>
    internal bool MayNeedAnotherLibrary => isMusl;

    private string? SystemName =>
        system == OSPlatform.Windows ? "win"
        : system == OSPlatform.Linux ? "linux"
        : system == OSPlatform.OSX ? "osx"
        : null;

    private string? ProcessorName => architecture switch
    {
        Architecture.X64 => "x64",
        Architecture.Arm64 => "arm64",
        _ => null,
    };

    private string Extension =>
        system == OSPlatform.Windows ? "dll" : system == OSPlatform.OSX ? "dylib" : "so";

    /// <summary>What to do about a library that is there and does not load.</summary>
    internal string LoadAdvice(string path) => Extension switch
    {
        "so" => $"It needs libcurl 4 (package libcurl4 or libcurl). `ldd '{path}'` lists what is missing.",
        "dylib" => $"`otool -L '{path}'` lists what it needs.",
        _ => "Install the module again. If the file came from the Internet, unblock it: "
            + $"Unblock-File -LiteralPath '{path}'",
    };

    private static bool HasMusl()
    {
        try
        {
            return RuntimeInformation.IsOSPlatform(OSPlatform.Linux)
                && File.ReadLines("/proc/self/maps").Any(line => line.IndexOf("/ld-musl-", StringComparison.Ordinal) >= 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
