using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.InteropServices;
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
        Path.Combine(folder, NativePlatform.Current.Folder!, NativePlatform.Current.FileName);

    public void Dispose()
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (UnauthorizedAccessException) when (OperatingSystem.IsWindows())
        {
            // Windows keeps the file of an assembly for as long as it is loaded.
        }
    }

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
        FactWithCCompilerAttribute.Compile("int needed(void) { return 0; }", needed);
        FactWithCCompilerAttribute.Compile("int needed(void); int nav_abi_version(void) { return needed(); }", Library, needed);
        File.Delete(needed);

        var (message, _, action) = Load();

        Assert.Contains("libneeded_by_it", message);
        Assert.Contains(OperatingSystem.IsLinux() ? "ldd" : "otool", action);
    }

    [FactWithCCompiler]
    public void A_library_of_another_ABI_version_is_refused_with_both_numbers()
    {
        FactWithCCompilerAttribute.Compile("unsigned nav_abi_version(void) { return 2; }", Library);

        var (message, errorId, _) = Load();

        Assert.Equal($"The native library '{Library}' has ABI version 2, and this module needs version 1.", message);
        Assert.Equal("NativeLibraryVersionMismatch", errorId);
    }

    [FactWithCCompiler]
    public void Another_library_of_that_name_is_refused()
    {
        FactWithCCompilerAttribute.Compile("int something_else(void) { return 0; }", Library);

        var (message, errorId, _) = Load();

        Assert.Contains("it is another library", message);
        Assert.Equal("NativeLibraryNotLoaded", errorId);
    }

    [FactWithCCompiler]
    public void A_library_that_was_put_right_is_loaded_in_the_same_process()
    {
        Load();
        FactWithCCompilerAttribute.Compile("unsigned nav_abi_version(void) { return 1; }", Library);

        Loader()();
    }

    public static TheoryData<string, Architecture, bool, bool, string> Unsupported => new()
    {
        { "WINDOWS", Architecture.X86, true, false, "This is a 32-bit PowerShell. Start the 64-bit one" },
        { "WINDOWS", Architecture.X86, false, false, "Run the command on a 64-bit Windows" },
        { "WINDOWS", Architecture.Arm, true, false, "This is a 32-bit PowerShell. Start a 64-bit one" },
        { "LINUX", Architecture.Arm, false, false, "Run the command on a 64-bit Windows" },
        { "LINUX", Architecture.S390x, true, false, "Run the command on a 64-bit Windows" },
        { "LINUX", Architecture.Arm64, true, true, "C library is musl" },
        { "WINDOWS", Architecture.Arm64, true, false, "a version that supports this platform" },
        { "FREEBSD", Architecture.X64, true, false, "Run the command on a 64-bit Windows" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void On_a_platform_without_a_library_the_cmdlet_fails_with_what_to_do_instead(
        string system, Architecture architecture, bool is64BitSystem, bool isMusl, string advice)
    {
        // A module that is whole, for another platform than those.
        Place("osx-x64", "nav_session.dylib");
        Pretend(system, architecture, is64BitSystem, isMusl);

        // Without arguments: the engine remembers by their names how those of a command are bound, also for the real module.
        var error = ErrorOf("Get-NAVServerEndpoint");

        Assert.Equal(
            $"NavServerSession has no native library for Test 1.0 in a process of architecture {architecture}.",
            error.Exception.Message);
        Assert.Equal("PlatformNotSupported,NavServerSession.Commands.GetNavServerEndpoint", error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceUnavailable, error.CategoryInfo.Category);
        Assert.Contains(advice, error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData(Architecture.X64, "linux-x64")]
    [InlineData(Architecture.Arm64, "linux-arm64")]
    public void A_library_that_does_not_load_beside_musl_is_said_to_need_another_C_library(
        Architecture architecture, string place)
    {
        Place(place, "nav_session.so");
        Pretend("LINUX", architecture, is64BitSystem: true, isMusl: true);

        var (_, errorId, action) = Load();

        Assert.Equal("PlatformNotSupported", errorId);
        Assert.Contains("musl", action);
    }

    [Theory]
    [InlineData("WINDOWS", Architecture.X64, "win-x64", "nav_session.dll")]
    [InlineData("WINDOWS", Architecture.Arm64, "win-arm64", "nav_session.dll")]
    [InlineData("OSX", Architecture.Arm64, "osx-arm64", "nav_session.dylib")]
    public void Each_platform_has_its_own_folder(string system, Architecture architecture, string place, string file)
    {
        Directory.CreateDirectory(Path.Combine(folder, place));
        Pretend(system, architecture, is64BitSystem: true, isMusl: false);

        var (message, errorId, _) = Load();

        Assert.Contains($"'{Path.Combine(folder, place, file)}'", message);
        Assert.Equal("NativeLibraryNotLoaded", errorId);
    }

    private void Place(string platform, string file)
    {
        Directory.CreateDirectory(Path.Combine(folder, platform));
        File.WriteAllText(Path.Combine(folder, platform, file), "no library");
    }

    /// <summary>Lets the copy believe that it runs elsewhere.</summary>
    private void Pretend(string system, Architecture architecture, bool is64BitSystem, bool isMusl)
    {
        var platform = Copy().GetType(typeof(NativePlatform).FullName!)!;
        var pretended = Activator.CreateInstance(
            platform,
            BindingFlags.Instance | BindingFlags.NonPublic,
            binder: null,
            [OSPlatform.Create(system), architecture, is64BitSystem, isMusl, "Test 1.0"],
            culture: null);
        platform.GetProperty(nameof(NativePlatform.Current), BindingFlags.Static | BindingFlags.NonPublic)!
            .SetValue(null, pretended);
    }

    /// <summary>What a command of the copy fails with.</summary>
    private ErrorRecord ErrorOf(string command)
    {
        using var shell = PowerShell.Create(InitialSessionState.CreateDefault2());
        shell.AddCommand("Import-Module").AddParameter("Assembly", Copy()).Invoke();
        shell.Commands.Clear();
        shell.AddScript(command).Invoke();
        return Assert.Single(shell.Streams.Error);
    }

    private Assembly Copy()
    {
        var copy = Path.Combine(folder, "NavServerSession.dll");
        if (!File.Exists(copy))
        {
            File.Copy(ModuleUnderTest.Assembly, copy);
        }

        return context.LoadFromAssemblyPath(copy);
    }

    /// <summary>Called by reflection it would throw through native code, after which Wine stands still.</summary>
    private Action Loader() =>
        Copy().GetType(typeof(NativeLibraryLoader).FullName!)!
            .GetMethod(nameof(NativeLibraryLoader.EnsureLoaded), BindingFlags.Static | BindingFlags.NonPublic)!
            .CreateDelegate<Action>();

    private (string Message, string ErrorId, string Action) Load()
    {
        var exception = Assert.ThrowsAny<Exception>(Loader());
        var record = ((IContainsErrorRecord)exception).ErrorRecord;
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
        if (OperatingSystem.IsWindows() || !IsThere(Compiler))
        {
            Skip = "There is no C compiler (cc).";
        }
    }

    /// <summary>Makes a library of a source.</summary>
    internal static void Compile(string source, string output, params string[] libraries)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        var compiler = new ProcessStartInfo(Compiler) { RedirectStandardInput = true };
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

    internal static bool IsThere(string program)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
