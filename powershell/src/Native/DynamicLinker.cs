using System;
using System.ComponentModel;
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
        if (NativeLibrary is null)
        {
            // An import by base name finds the module of that name that the process already has.
            fixed (char* pointer = path)
            {
                library = LoadLibraryExW(pointer, IntPtr.Zero, LoadLibrarySearchDllLoadDir | LoadLibrarySearchSystem32);
            }

            if (library == IntPtr.Zero)
            {
                throw new Win32Exception(Marshal.GetLastWin32Error());
            }
        }
        else
        {
            LoadByResolver(NativeLibrary, path);
        }
    }

    private static void LoadByResolver(Type nativeLibrary, string path)
    {
        try
        {
            library = (IntPtr)nativeLibrary.GetMethod("Load", new[] { typeof(string) })!
                .Invoke(null, new object[] { path })!;
        }
        catch (TargetInvocationException exception) when (exception.InnerException is not null)
        {
            throw exception.InnerException;
        }

        // A second resolver for one assembly is an error.
        if (!resolverIsSet)
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
            resolverIsSet = true;
        }
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == NativeLibraryLoader.Name ? library : IntPtr.Zero;

    [DllImport("kernel32", SetLastError = true, ExactSpelling = true)]
    private static extern IntPtr LoadLibraryExW(char* path, IntPtr reserved, uint flags);
}
