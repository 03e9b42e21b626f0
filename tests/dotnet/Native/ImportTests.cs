using System.Reflection;
using System.Runtime.InteropServices;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Native;

public sealed class ImportTests
{
    public static TheoryData<string> Imports => [.. All().Select(method => method.Name).Order()];

    [Theory]
    [MemberData(nameof(Imports))]
    public void The_library_exports_what_is_imported(string name)
    {
        NativeLibraryLoader.EnsureLoaded();
        var library = NativeLibrary.Load(NativeLibraryLoader.Path!);

        Assert.True(NativeLibrary.TryGetExport(library, name, out _));
    }

    [Theory]
    [MemberData(nameof(Imports))]
    public void An_import_has_only_types_that_cross_unchanged(string name)
    {
        var import = All().Single(method => method.Name == name);

        Assert.All(
            import.GetParameters().Select(parameter => parameter.ParameterType).Append(import.ReturnType),
            type => Assert.True(
                type == typeof(void) || type.IsPointer || (type.IsPrimitive && type != typeof(bool) && type != typeof(char)),
                $"{type} in {name}"));
        Assert.Equal(CallingConvention.Cdecl, import.GetCustomAttribute<DllImportAttribute>()!.CallingConvention);
    }

    [Fact]
    public void The_library_is_the_one_in_the_modules_folder()
    {
        NativeLibraryLoader.EnsureLoaded();

        Assert.StartsWith(ModuleUnderTest.Folder, NativeLibraryLoader.Path);
    }

    [Fact]
    public void Library_and_manifest_have_one_version()
    {
        var number = NavVersion.Read().Split('-')[0];
        Assert.Contains($"ModuleVersion        = '{number}'", File.ReadAllText(ModuleUnderTest.Manifest));
        Assert.Equal(number, typeof(Session).Assembly.GetName().Version!.ToString(3));
    }

    private static IEnumerable<MethodInfo> All() =>
        typeof(Session).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<DllImportAttribute>()?.Value == NativeLibraryLoader.Name);
}
