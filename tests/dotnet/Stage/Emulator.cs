using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace NavServerSession.Tests.Stage;

/// <summary>A running emulator, whose list of sessions is read without the code under test.</summary>
internal sealed class Emulator : IDisposable
{
    internal const string Company = "CRONUS International Ltd.";

    private static readonly HttpClient Http = new();

    private readonly Process process;
    private readonly string? accessToken;

    internal Emulator(params string[] options)
        : this(options, password: null)
    {
    }

    /// <param name="options">Options of the program.</param>
    /// <param name="password">Of the user that <c>--user</c> names.</param>
    /// <param name="clientSecret">Of the application that <c>--client-id</c> names.</param>
    /// <param name="accessToken">A token that calls may carry.</param>
    internal Emulator(
        string[] options, string? password = null, string? clientSecret = null, string? accessToken = null)
    {
        this.accessToken = accessToken;
        var start = new ProcessStartInfo(ModuleUnderTest.Emulator)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var option in (string[])["--soap-port", "0", "--odata-port", "0", "--exit-with-stdin", .. options])
        {
            start.ArgumentList.Add(option);
        }

        // By the environment, as every user of a computer can read arguments.
        start.Environment["NAV_EMULATOR_PASSWORD"] = password;
        start.Environment["NAV_EMULATOR_CLIENT_SECRET"] = clientSecret;
        start.Environment["NAV_EMULATOR_ACCESS_TOKEN"] = accessToken;
        process = Process.Start(start)!;
        Soap = Address("SOAP");
        OData = Address("OData");
        if (options.Contains("--admin-center-port"))
        {
            AdminCenter = Address("Admin");
            Authority = Address("Entra");
        }
    }

    internal string Soap { get; }

    internal string OData { get; }

    /// <summary>Where the Admin Center API is, if it is served.</summary>
    internal string AdminCenter { get; } = string.Empty;

    /// <summary>Where tokens are asked for, if the Admin Center API is served.</summary>
    internal string Authority { get; } = string.Empty;

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
        return Ids(
            $"{OData}/ODataV4/Company('{Uri.EscapeDataString(Company)}')/ActiveSessions{query}", "Session_ID");
    }

    /// <summary>The ids that are left in an environment of the Admin Center API.</summary>
    internal List<int> EnvironmentIds(string environment) =>
        Ids($"{AdminCenter}/admin/v2.29/applications/BusinessCentral/environments/{environment}/sessions", "sessionId");

    private List<int> Ids(string address, string property)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (accessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        }

        using var response = Http.Send(request).EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(response.Content.ReadAsStream());
        return json.RootElement.GetProperty("value").EnumerateArray()
            .Select(row => row.GetProperty(property).GetInt32())
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
