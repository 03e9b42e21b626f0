using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests;

/// <summary>What Windows PowerShell 5.1 needs of the module, as far as it can be seen without it.</summary>
public sealed class WindowsPowerShell51Tests
{
    public static TheoryData<string> ShippedTexts =>
        [.. Directory.EnumerateFiles(ModuleUnderTest.Folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is not (".dll" or ".so" or ".dylib"))
            .Select(file => Path.GetRelativePath(ModuleUnderTest.Folder, file))];

    [Fact]
    public void The_module_uses_nothing_that_Windows_PowerShell_and_NET_Framework_do_not_have()
    {
        using var surface = new FrameworkSurface();

        Assert.Empty(surface.MissingFor(ModuleUnderTest.Assembly));
    }

    [Fact]
    public void What_only_NET_has_is_told_from_what_NET_Framework_has()
    {
        using var surface = new FrameworkSurface();

        var missing = surface.MissingFor(typeof(WindowsPowerShell51Tests).Assembly.Location);

        Assert.Contains("System.String.Split instance String[] <0>(Char, System.StringSplitOptions)", missing);
        Assert.DoesNotContain("System.String.Replace instance String <0>(String, String)", missing);
    }

    [Fact]
    public void The_module_names_no_assembly_but_the_standard_and_the_engine_of_5_1()
    {
        Assert.Equal(
            ["netstandard 2.0.0.0", "System.Management.Automation 3.0.0.0"], References(ModuleUnderTest.Assembly).Order());
    }

    /// <summary>The build of these tests compiles it, with warnings as errors.</summary>
    [Fact]
    public void The_modules_sources_compile_for_NET_Framework()
    {
        var references = References(ModuleUnderTest.Metadata("FrameworkBuild"));

        Assert.Contains("mscorlib 4.0.0.0", references);
        Assert.DoesNotContain("netstandard 2.0.0.0", references);
    }

    /// <summary>Windows PowerShell reads a file without a mark of its encoding in the code page of the system.</summary>
    [Theory]
    [MemberData(nameof(ShippedTexts))]
    public void A_shipped_text_is_in_ASCII_or_says_its_encoding(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(ModuleUnderTest.Folder, file));

        Assert.True(
            bytes.AsSpan().StartsWith("\uFEFF"u8) || bytes.AsSpan().IndexOfAnyExceptInRange((byte)1, (byte)0x7F) < 0, file);
    }

    private static List<string> References(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var reader = file.GetMetadataReader();
        return [.. reader.AssemblyReferences.Select(reader.GetAssemblyReference)
            .Select(reference => $"{reader.GetString(reference.Name)} {reference.Version}")];
    }
}
