using System;
using System.ComponentModel;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

/// <summary>Loads the library by its full path, so that every import finds that one.</summary>
internal static unsafe class DynamicLinker
{
    private const uint LoadLibrarySearchDllLoadDir = 0x100;
    private const uint LoadLibrarySearchSystem32 = 0x800;

    // .NET has it, .NET Framework has not, and netstandard2.0 does not name it.
    private static readonly Type? NativeLibrary =
        Type.GetType("System.Runtime.InteropServices.NativeLibrary, System.Runtime.InteropServices", throwOnError: false);

    private static IntPtr library;
    private static bool resolverIsSet;

    internal static void Load(string path)
    {
        // By .NET, what the library needs would on Windows also be looked for in the current folder and in PATH.
        library = NativeLibrary is null || RuntimeInformation.IsOSPlatform(OSPlatform.Windows)
            ? LoadByWindows(path)
            : LoadByRuntime(NativeLibrary, path);

        // Without a resolver, in .NET Framework, an import by base name finds the module of that name that the process
        // already has. A second resolver for one assembly is an error.
        if (NativeLibrary is not null && !resolverIsSet)
        {
            SetResolver(NativeLibrary);
            resolverIsSet = true;
        }
    }

    private static IntPtr LoadByWindows(string path)
    {
        IntPtr loaded;
        fixed (char* pointer = path)
        {
            loaded = LoadLibraryExW(pointer, IntPtr.Zero, LoadLibrarySearchDllLoadDir | LoadLibrarySearchSystem32);
        }

        if (loaded == IntPtr.Zero)
        {
            var error = Marshal.GetLastWin32Error();
            // Some of Windows's sentences have a gap for the file.
            throw new Win32Exception(error, new Win32Exception(error).Message.Replace("%1", Path.GetFileName(path)));
        }

        return loaded;
    }

    private static IntPtr LoadByRuntime(Type nativeLibrary, string path)
    {
        try
        {
            return (IntPtr)nativeLibrary.GetMethod("Load", new[] { typeof(string) })!.Invoke(null, new object[] { path })!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            throw exception.InnerException;
        }
    }

    private static void SetResolver(Type nativeLibrary)
    {
        var set = nativeLibrary.GetMethod("SetDllImportResolver")!;
        var resolve = typeof(DynamicLinker).GetMethod(nameof(Resolve), BindingFlags.Static | BindingFlags.NonPublic)!;
        set.Invoke(
            null,
            new object[]
            {
                typeof(DynamicLinker).Assembly,
                Delegate.CreateDelegate(set.GetParameters()[1].ParameterType, resolve),
            });
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == NativeLibraryLoader.Name ? library : IntPtr.Zero;

    [DllImport("kernel32", SetLastError = true, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern IntPtr LoadLibraryExW(char* path, IntPtr reserved, uint flags);
}
