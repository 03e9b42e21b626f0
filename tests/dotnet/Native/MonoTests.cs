using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Native;

/// <summary>
/// The shipped assembly on Mono, in the place of .NET Framework: tests/mono calls the layer below the cmdlets, and a stand-in for
/// <c>LoadLibraryExW</c> loads the library of this platform.
/// </summary>
public sealed class MonoTests : IDisposable
{
    private const string LoadLibraryExW =
        """
        #include <dlfcn.h>
        #include <stdio.h>
        #include <stdlib.h>

        void *LoadLibraryExW(const unsigned short *path, void *reserved, unsigned flags) {
            char name[4096];
            size_t end = 0;
            for (; path[end] != 0 && end < sizeof name - 1; end++) name[end] = (char)path[end];
            name[end] = 0;
            FILE *calls = fopen(getenv("NAV_TEST_CALLS"), "a");
            fprintf(calls, "%s %s 0x%X\n", name, reserved == NULL ? "NULL" : "not NULL", flags);
            fclose(calls);
            return dlopen(name, RTLD_NOW);
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("nav-mono-").FullName;
    private readonly EndpointsFile endpoints = new();
    private readonly Emulator emulator = new();

    private string Library => Path.Combine(folder, NativePlatform.Current.Folder!, NativePlatform.Current.FileName);

    private string Calls => Path.Combine(folder, "calls");

    public void Dispose()
    {
        emulator.Dispose();
        endpoints.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [FactWithMono]
    public void Sessions_are_listed_and_removed_on_Mono()
    {
        Check("sessions");

        Assert.DoesNotContain(11, emulator.SessionIds());
    }

    [FactWithMono]
    public void Many_removals_in_flight_are_told_apart_on_Mono()
    {
        var before = emulator.SessionIds().Count;

        Check("removals");

        Assert.Equal(before - 8, emulator.SessionIds().Count);
    }

    [FactWithMono]
    public void A_failure_says_on_Mono_what_the_library_says() => Check("failure");

    [FactWithMono]
    public void The_log_calls_back_into_Mono() => Check("log");

    [FactWithMono]
    public void Forgotten_handles_are_freed_by_Mono() => Check("handles");

    [FactWithMono]
    public void A_cancellation_from_another_thread_ends_a_call_on_Mono() => Check("cancellation");

    [FactWithMono]
    public void Texts_secrets_and_times_cross_on_Mono() => Check("texts");

    [FactWithMono]
    public void Structs_lie_in_memory_on_Mono_as_they_do_on_NET()
    {
        var layouts = Check("layout").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.NotEmpty(layouts);
        Assert.All(layouts, layout => Assert.Equal(Layout(layout[..layout.IndexOf('=')]), layout));
        Assert.Contains(layouts, layout => layout.StartsWith($"{nameof(NavClientOptions)}="));
        Assert.Contains(layouts, layout => layout.StartsWith($"{nameof(NavSession)}="));
    }

    [FactWithMono]
    public void Without_NETs_loader_the_library_is_loaded_by_its_full_path_and_nothing_is_searched()
    {
        Check("failure");

        // LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR and LOAD_LIBRARY_SEARCH_SYSTEM32
        Assert.Equal($"{Library} NULL 0x900\n", File.ReadAllText(Calls));
    }

    [FactWithMono]
    public void Without_NETs_loader_a_library_that_does_not_load_is_told_of_as_everywhere()
    {
        Prepare();
        File.WriteAllText(Library, "no library");

        var (exitCode, _, errors) = Run("texts");

        Assert.NotEqual(0, exitCode);
        Assert.Contains(
            $"NavSessionException: The native library of NavServerSession cannot be loaded: tried '{Library}': ", errors);
    }

    private static string Layout(string name)
    {
        var type = typeof(NavClient).Assembly.GetType($"{typeof(NavClient).Namespace}.{name}", throwOnError: true)!;
        var places = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => $" {field.Name}={Marshal.OffsetOf(type, field.Name)}");
        return $"{name}={Marshal.SizeOf(type)}{string.Concat(places)}";
    }

    /// <summary>Runs a check, which has to hold, and returns what it wrote.</summary>
    private string Check(string name)
    {
        Prepare();
        var (exitCode, output, errors) = Run(name);
        Assert.True(exitCode == 0, errors);
        return output;
    }

    private void Prepare()
    {
        endpoints.Write("DynamicsNAV", emulator.Soap);
        foreach (var file in Directory.EnumerateFiles(ModuleUnderTest.Metadata("MonoBuild")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        // The one that is under test, whatever was there when the program was built.
        File.Copy(ModuleUnderTest.Assembly, Path.Combine(folder, "NavServerSession.dll"), overwrite: true);
        Directory.CreateDirectory(Path.GetDirectoryName(Library)!);
        File.Copy(
            Path.Combine(ModuleUnderTest.Folder, NativePlatform.Current.Folder!, NativePlatform.Current.FileName), Library);
        var kernel = Path.Combine(folder, "kernel32.so");
        FactWithCCompilerAttribute.Compile(LoadLibraryExW, kernel);
        File.WriteAllText(
            Path.Combine(folder, "NavServerSession.dll.config"),
            $"""
            <configuration>
              <dllmap dll="kernel32" target="{kernel}" />
              <dllmap dll="{NativeLibraryLoader.Name}" target="{Library}" />
            </configuration>
            """);
    }

    private (int ExitCode, string Output, string Errors) Run(string check)
    {
        var start = new ProcessStartInfo(FactWithMonoAttribute.Mono, [Path.Combine(folder, "NavServerSession.Tests.exe"), check])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NAV_TEST_CALLS"] = Calls;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}

/// <summary>A test that needs Mono, and a C compiler for what stands in for Windows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithMonoAttribute : FactAttribute
{
    internal const string Mono = "mono";

    public FactWithMonoAttribute() =>
        Skip = new FactWithCCompilerAttribute().Skip
            ?? (FactWithCCompilerAttribute.IsThere(Mono) ? null : "There is no Mono (mono).");
}
