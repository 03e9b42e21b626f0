using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Native;

/// <summary>A copy of the module, in a load context of its own, with a native library that is wrong in some way.</summary>
public sealed class LoaderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nav-module-").FullName;
    private readonly AssemblyLoadContext context = new("copy of the module", isCollectible: false);

    private string Library =>
        Path.Combine(folder, NativePlatform.Current!.Folder, NativePlatform.Current.FileName);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Without_its_native_library_the_module_says_which_file_is_missing_and_what_to_do()
    {
        var (message, errorId, action) = Load();

        Assert.Equal($"The native library of NavServerSession cannot be loaded: there is no file '{Library}'.", message);
        Assert.Equal("NativeLibraryNotLoaded", errorId);
        Assert.Contains("Install the module again", action);
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_the_systems_reason()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Library)!);
        File.WriteAllText(Library, "no library");

        var (message, errorId, action) = Load();

        Assert.StartsWith($"The native library of NavServerSession cannot be loaded: tried '{Library}': ", message);
        Assert.Equal("NativeLibraryNotLoaded", errorId);
        Assert.Contains(Library, action);
    }

    [FactWithCCompiler]
    public void A_library_that_needs_another_one_says_which()
    {
        var needed = Path.Combine(folder, "libneeded_by_it.so");
        Compile("int needed(void) { return 0; }", needed);
        Compile("int needed(void); int nav_abi_version(void) { return needed(); }", Library, needed);
        File.Delete(needed);

        var (message, _, action) = Load();

        Assert.Contains("libneeded_by_it", message);
        Assert.Contains(OperatingSystem.IsLinux() ? "ldd" : "otool", action);
    }

    [FactWithCCompiler]
    public void A_library_of_another_ABI_version_is_refused_with_both_numbers()
    {
        Compile("unsigned nav_abi_version(void) { return 2; }", Library);

        var (message, errorId, _) = Load();

        Assert.Equal($"The native library '{Library}' has ABI version 2, and this module needs version 1.", message);
        Assert.Equal("NativeLibraryVersionMismatch", errorId);
    }

    [FactWithCCompiler]
    public void Another_library_of_that_name_is_refused()
    {
        Compile("int something_else(void) { return 0; }", Library);

        var (message, errorId, _) = Load();

        Assert.Contains("it is another library", message);
        Assert.Equal("NativeLibraryNotLoaded", errorId);
    }

    [FactWithCCompiler]
    public void A_library_that_was_put_right_is_loaded_in_the_same_process()
    {
        Load();
        Compile("unsigned nav_abi_version(void) { return 1; }", Library);

        Loader().Invoke(null, null);
    }

    private static void Compile(string source, string output, params string[] libraries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        var compiler = new ProcessStartInfo(FactWithCCompilerAttribute.Compiler) { RedirectStandardInput = true };
        foreach (var argument in (string[])["-shared", "-fPIC", "-o", output, "-x", "c", "-", "-x", "none", .. libraries])
        {
            compiler.ArgumentList.Add(argument);
        }

        using var process = Process.Start(compiler)!;
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private MethodInfo Loader()
    {
        var copy = Path.Combine(folder, "NavServerSession.dll");
        if (!File.Exists(copy))
        {
            File.Copy(ModuleUnderTest.Assembly, copy);
        }

        return context.LoadFromAssemblyPath(copy).GetType(typeof(NativeLibraryLoader).FullName!)!
            .GetMethod(nameof(NativeLibraryLoader.EnsureLoaded), BindingFlags.Static | BindingFlags.NonPublic)!;
    }

    private (string Message, string ErrorId, string Action) Load()
    {
        var exception = Assert.Throws<TargetInvocationException>(() => Loader().Invoke(null, null)).InnerException!;
        var record = ((System.Management.Automation.IContainsErrorRecord)exception).ErrorRecord;
        return (exception.Message, record.FullyQualifiedErrorId, record.ErrorDetails.RecommendedAction);
    }
}

/// <summary>A test that makes a library with the system's C compiler, where there is one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithCCompilerAttribute : FactAttribute
{
    internal const string Compiler = "cc";

    public FactWithCCompilerAttribute()
    {
        if (OperatingSystem.IsWindows() || !IsThere())
        {
            Skip = "There is no C compiler (cc).";
        }
    }

    private static bool IsThere()
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(Compiler, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
