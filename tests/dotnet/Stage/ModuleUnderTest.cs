using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

// Environment variables and the module's library belong to the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NavServerSession.Tests.Stage;

/// <summary>The module as it is laid out, and the emulator beside it.</summary>
internal static class ModuleUnderTest
{
    internal static string Repository { get; } = Metadata("Repository");

    internal static string Folder { get; } =
        Environment.GetEnvironmentVariable("NAV_SESSION_MODULE") is { Length: > 0 } folder
            ? folder
            : Path.Combine(Repository, "target", "module", "NavServerSession");

    internal static string Manifest => Path.Combine(Folder, "NavServerSession.psd1");

    internal static string Assembly => Path.Combine(Folder, "NavServerSession.dll");

    internal static string Emulator { get; } =
        Environment.GetEnvironmentVariable("NAV_EMULATOR") is { Length: > 0 } path
            ? path
            : Path.Combine(Repository, "target", "debug", OperatingSystem.IsWindows() ? "nav-emulator.exe" : "nav-emulator");

    /// <summary>What the build wrote into this assembly.</summary>
    internal static string Metadata(string key) => typeof(ModuleUnderTest).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == key).Value!;

    [ModuleInitializer]
    internal static void LoadFromItsFolder() =>
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == "NavServerSession" ? context.LoadFromAssemblyPath(Assembly) : null;
}
