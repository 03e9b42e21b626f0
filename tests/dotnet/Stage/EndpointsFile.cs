using System.Text.Json;

namespace NavServerSession.Tests.Stage;

/// <summary>An endpoints file of its own, which the process uses as long as it is there.</summary>
internal sealed class EndpointsFile : IDisposable
{
    private const string Variable = "NAV_SESSION_ENDPOINTS";

    private readonly string folder = Directory.CreateTempSubdirectory("nav-session-").FullName;
    private readonly string? before = Environment.GetEnvironmentVariable(Variable);

    internal EndpointsFile() => Environment.SetEnvironmentVariable(Variable, Path);

    internal string Path => System.IO.Path.Combine(folder, "endpoints.json");

    internal void Write(string text) => File.WriteAllText(Path, text);

    internal void Write(
        string name,
        string uri,
        string service = "Soap",
        string company = Emulator.Company,
        bool multitenant = false,
        string credentialType = "None",
        string sessionControlService = "SessionControl",
        string activeSessionsService = "ActiveSessions") =>
        Write(JsonSerializer.Serialize(new
        {
            version = 1,
            endpoints = new Dictionary<string, object>
            {
                [name] = new { service, uri, company, credentialType, multitenant, sessionControlService, activeSessionsService },
            },
        }));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, before);
        Directory.Delete(folder, recursive: true);
    }
}
