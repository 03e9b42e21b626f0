using System.Diagnostics;
using System.Text.Json;

namespace NavServerSession.Tests.Stage;

/// <summary>A running emulator, whose list of sessions is read without the code under test.</summary>
internal sealed class Emulator : IDisposable
{
    internal const string Company = "CRONUS International Ltd.";

    private static readonly HttpClient Http = new();

    private readonly Process process;

    internal Emulator(params string[] options)
        : this(options, password: null)
    {
    }

    internal Emulator(string[] options, string? password)
    {
        var start = new ProcessStartInfo(ModuleUnderTest.Emulator)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var option in (string[])["--soap-port", "0", "--odata-port", "0", "--exit-with-stdin", .. options])
        {
            start.ArgumentList.Add(option);
        }

        if (password is not null)
        {
            start.Environment["NAV_EMULATOR_PASSWORD"] = password;
        }

        process = Process.Start(start)!;
        Soap = Address("SOAP");
        OData = Address("OData");
    }

    internal string Soap { get; }

    internal string OData { get; }

    /// <summary>
    /// Where the ids of web-service sessions begin. A call's own session is listed until the server notices that its
    /// connection has ended, so another call may still see it.
    /// </summary>
    private const int FirstWebServiceSession = 2001;

    /// <summary>Whether it is one of the dozen that the server begins with.</summary>
    internal static bool IsOneOfTheDozen(int sessionId) => sessionId < FirstWebServiceSession;

    /// <summary>The ids that are left of the dozen that the server begins with.</summary>
    internal List<int> SessionIds(string? tenant = null)
    {
        var query = tenant is null ? string.Empty : $"?tenant={tenant}";
        var answer = Http.GetStringAsync(
            $"{OData}/ODataV4/Company('{Uri.EscapeDataString(Company)}')/ActiveSessions{query}").Result;
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("value").EnumerateArray()
            .Select(row => row.GetProperty("Session_ID").GetInt32())
            .Where(IsOneOfTheDozen)
            .ToList();
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private string Address(string service)
    {
        var line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The emulator did not start.");
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words[0] == service ? words[1] : throw new InvalidOperationException($"The emulator wrote '{line}'.");
    }
}
