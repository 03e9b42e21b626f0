using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>Finds and loads <c>&lt;module folder&gt;/&lt;os&gt;-&lt;arch&gt;/nav_session.&lt;ext&gt;</c> when it is first needed.</summary>
internal static class NativeLibraryLoader
{
    /// <summary>The name in every import.</summary>
    internal const string Name = "nav_session";

    private static readonly object Gate = new();
    private static bool loaded;

    /// <summary>Where the library stands; null until it is loaded.</summary>
    internal static string? Path { get; private set; }

    /// <exception cref="NavSessionException">It cannot be loaded: what was tried, why not, and what to do.</exception>
    internal static void EnsureLoaded()
    {
        if (System.Threading.Volatile.Read(ref loaded))
        {
            return;
        }

        lock (Gate)
        {
            if (!loaded)
            {
                var path = Load();
                CheckVersion(path);
                Path = path;
                System.Threading.Volatile.Write(ref loaded, true);
            }
        }
    }

    private static string Load()
    {
        var folder = System.IO.Path.GetDirectoryName(typeof(NativeLibraryLoader).Assembly.Location) ?? string.Empty;
        var platform = NativePlatform.Current;
        if (platform.Folder is null)
        {
            throw NotSupported(platform);
        }

        var path = System.IO.Path.Combine(folder, platform.Folder, platform.FileName);
        if (!File.Exists(path))
        {
            throw !Directory.Exists(System.IO.Path.GetDirectoryName(path)!) && HasLibraries(folder)
                ? NotSupported(platform)
                : NotLoaded($"there is no file '{path}'", "Install the module again: its folder is incomplete.");
        }

        try
        {
            DynamicLinker.Load(path);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or System.ComponentModel.Win32Exception)
        {
            throw platform.MayNeedAnotherLibrary ? NotSupported(platform, exception) : NotLoaded(
                $"tried '{path}': {exception.Message.Trim()}",
                platform.LoadAdvice(path),
                exception);
        }

        return path;
    }

    private static void CheckVersion(string path)
    {
        uint abi;
        try
        {
            abi = NavVersion.Abi();
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            throw NotLoaded(
                $"tried '{path}': it is another library, without nav_abi_version",
                "Install the module again.",
                exception);
        }

        if (abi != NavVersion.SupportedAbi)
        {
            throw new NavSessionException(
                $"The native library '{path}' has ABI version {abi}, and this module needs version {NavVersion.SupportedAbi}.",
                "NativeLibraryVersionMismatch",
                "InvalidOperation",
                "Install the module again, so that its files are of one version, and start a new PowerShell.");
        }
    }

    /// <summary>Whether the module has a library for any platform.</summary>
    private static bool HasLibraries(string folder) =>
        Directory.EnumerateDirectories(folder)
            .SelectMany(Directory.EnumerateFiles)
            .Any(file => System.IO.Path.GetFileNameWithoutExtension(file) == Name);

    private static NavSessionException NotSupported(NativePlatform platform, Exception? inner = null) =>
        new(
            $"NavServerSession has no native library for {platform.Description}.",
            "PlatformNotSupported",
            "ResourceUnavailable",
            platform.Alternative,
            inner: inner);

    private static NavSessionException NotLoaded(string reason, string action, Exception? inner = null) =>
        new(
            $"The native library of NavServerSession cannot be loaded: {reason}.",
            "NativeLibraryNotLoaded",
            "ResourceUnavailable",
            action,
            inner: inner);
}
