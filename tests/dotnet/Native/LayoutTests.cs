using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using NavServerSession.Native;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Native;

/// <summary>The structs and numbers of the module are those of include/nav_session.h.</summary>
public sealed class LayoutTests
{
    private static readonly string HeaderFolder = Path.Combine(ModuleUnderTest.Repository, "include");

    private static readonly string Header = Regex.Replace(
        File.ReadAllText(Path.Combine(HeaderFolder, "nav_session.h")), @"/\*.*?\*/", string.Empty, RegexOptions.Singleline);

    public static TheoryData<string> Structs =>
        [.. Regex.Matches(Header, @"typedef struct (nav_\w+) \{").Select(match => match.Groups[1].Value)];

    public static TheoryData<string, Type> Enums => new()
    {
        { "nav_outcome", typeof(RemovalOutcome) },
        { "nav_service", typeof(EndpointService) },
        { "nav_credential_type", typeof(EndpointCredentialType) },
        { "nav_scope", typeof(EndpointScope) },
        { "nav_step", typeof(EndpointStep) },
        { "nav_verdict", typeof(StepResult) },
    };

    [Theory]
    [MemberData(nameof(Structs))]
    public void A_struct_has_the_fields_of_the_headers_in_its_order(string name)
    {
        var inHeader = Fields(name).Select(field => (Words(field.Name), Type(field.Type)));

        Assert.Equal(inHeader, FieldsOf(Struct(name)).Select(field => (field.Name, field.FieldType)));
    }

    [TheoryWithCCompiler]
    [MemberData(nameof(Structs))]
    public void A_struct_lies_in_memory_as_a_C_compiler_lays_it_out(string name)
    {
        var places = Fields(name).Select(field => $"offsetof({name}, {field.Name})").Prepend($"sizeof({name})");
        var source = "#include \"nav_session.h\"\n#include <stdio.h>\nint main(void) {\n"
            + string.Concat(places.Select(place => $"printf(\"%zu\\n\", {place});\n")) + "return 0; }\n";

        var compiled = RunC(source);

        var type = Struct(name);
        var here = FieldsOf(type).Select(field => (int)Marshal.OffsetOf(type, field.Name)).Prepend(Marshal.SizeOf(type));
        Assert.Equal(compiled, here);
    }

    [Theory]
    [MemberData(nameof(Enums))]
    public void Numbers_mean_what_they_mean_in_the_header(string name, Type type)
    {
        var body = Regex.Match(Header, $@"enum {name}\b.*?\{{(.*?)\}}", RegexOptions.Singleline).Groups[1].Value;
        var inHeader = Regex.Matches(body, @"(NAV_\w+) = (\d+)")
            .Select(match => (Name: match.Groups[1].Value.Replace("_", string.Empty), Number: int.Parse(match.Groups[2].Value)));

        var here = Enum.GetValues(type).Cast<object>()
            .Select(value => (Name: value.ToString()!.ToUpperInvariant(), Number: Convert.ToInt32(value)))
            .OrderBy(value => value.Number)
            .ToList();

        Assert.Equal(inHeader.Select(value => value.Number), here.Select(value => value.Number));
        // NAV_OUTCOME_NOT_FOUND is RemovalOutcome.NotFound.
        Assert.All(inHeader.Zip(here), pair => Assert.EndsWith(pair.Second.Name, pair.First.Name));
    }

    [Fact]
    public unsafe void Structs_of_an_older_module_are_taken_and_not_written_beyond_their_end()
    {
        using var file = new EndpointsFile();
        using var engine = new Engine();
        engine.Run("Register-NAVServerEndpoint A -Environment Production -EntraTenant contoso.onmicrosoft.com").IsSilent();
        NativeLibraryLoader.EnsureLoaded();
        var library = NativeLibrary.Load(NativeLibraryLoader.Path!);
        var list = (delegate* unmanaged[Cdecl]<byte*, nuint, IntPtr*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "nav_list_endpoints");
        var next = (delegate* unmanaged[Cdecl]<IntPtr, NavEndpoint*, IntPtr*, int>)
            NativeLibrary.GetExport(library, "nav_endpoints_next");
        var free = (delegate* unmanaged[Cdecl]<IntPtr, void>)NativeLibrary.GetExport(library, "nav_endpoints_free");
        using var path = new PinnedText(file.Path);
        IntPtr endpoints, error;
        Assert.Equal(0, list(path.Data, (nuint)path.Length, &endpoints, &error));
        try
        {
            NavEndpoint endpoint;
            new Span<byte>(&endpoint, sizeof(NavEndpoint)).Fill(0xA5);
            // What there was before endpoints had an environment.
            var known = (int)Marshal.OffsetOf<NavEndpoint>(nameof(NavEndpoint.Environment));
            endpoint.Size = (UIntPtr)known;

            Assert.Equal(0, next(endpoints, &endpoint, &error));

            Assert.Equal("A", endpoint.ServerInstance.Read());
            Assert.Equal(file.Path, endpoint.Path.Read());
            Assert.Equal(
                -1,
                new ReadOnlySpan<byte>((byte*)&endpoint + known, sizeof(NavEndpoint) - known).IndexOfAnyExcept((byte)0xA5));
        }
        finally
        {
            free(endpoints);
        }
    }

    private static Type Struct(string name) =>
        typeof(Session).Assembly.GetType($"{typeof(NavClientOptions).Namespace}.{Words(name)}", throwOnError: true)!;

    private static FieldInfo[] FieldsOf(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static List<(string Type, string Name)> Fields(string name)
    {
        var body = Regex.Match(Header, $@"typedef struct {name} \{{(.*?)\}} {name};", RegexOptions.Singleline).Groups[1].Value;
        return [.. Regex.Matches(body, @"([\w ]+?[\w*]|[\w ]+ \*)\s*\b(\w+);")
            .Select(match => (Regex.Replace(match.Groups[1].Value.Trim(), @"^(const )?struct ", string.Empty), match.Groups[2].Value))];
    }

    private static Type Type(string ofC) => ofC switch
    {
        "size_t" => typeof(UIntPtr),
        "int64_t" => typeof(long),
        "uint64_t" => typeof(ulong),
        "int32_t" => typeof(int),
        "uint32_t" => typeof(uint),
        "uint8_t" => typeof(byte),
        "nav_text" => typeof(NavText),
        "const uint8_t *" => typeof(byte*),
        "const int32_t *" => typeof(int*),
        "nav_text *" => typeof(NavText*),
        "nav_session_key *" => typeof(NavSessionKey*),
        "void *" or "nav_log_callback" => typeof(IntPtr),
        _ => throw new ArgumentException($"'{ofC}' is a type that is not known here."),
    };

    /// <summary><c>nav_client_options</c> as <c>NavClientOptions</c>.</summary>
    private static string Words(string name) =>
        string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static List<int> RunC(string source)
    {
        var folder = Directory.CreateTempSubdirectory("nav-layout-").FullName;
        try
        {
            var program = Path.Combine(folder, "layout");
            Wait(FactWithCCompilerAttribute.Compiler, source, "-I", HeaderFolder, "-o", program, "-x", "c", "-");
            return [.. Wait(program, string.Empty).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Wait(string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}

/// <summary>A theory that needs the system's C compiler.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryWithCCompilerAttribute : TheoryAttribute
{
    public TheoryWithCCompilerAttribute() => Skip = new FactWithCCompilerAttribute().Skip;
}
