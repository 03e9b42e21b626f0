using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NavServerSession.Tests.Stage;

/// <summary>What a removal meets.</summary>
internal enum Fault
{
    None,
    NotFound,
    Changed,
    Refused,
    OtherInstance,
    SoapFault,
    ForbiddenByAPage,
    ClosedBeforeItIsDone,
    ClosedAfterItIsDone,
    Redirected,
}

/// <summary>A server that speaks SOAP, and lets each removal meet the fault that its session is told to.</summary>
internal sealed partial class FaultyServer : IDisposable
{
    private readonly HttpServer server;
    private readonly ConcurrentDictionary<int, Fault> sessions;

    internal FaultyServer(IReadOnlyDictionary<int, Fault> faults)
    {
        sessions = new(faults);
        server = new HttpServer(request => Task.FromResult(Answer(request)));
    }

    internal string Uri => $"{server.Uri}/DynamicsNAV";

    internal IEnumerable<int> SessionIds => sessions.Keys;

    public void Dispose() => server.Dispose();

    [GeneratedRegex("<sessionId>(-?[0-9]+)</sessionId>")]
    private static partial Regex SessionId();

    /// <summary>Nothing where the connection breaks.</summary>
    private string? Answer(string request)
    {
        var asked = SessionId().Match(request);
        if (!asked.Success)
        {
            var rows = sessions.Keys.Order().Select(id =>
                $"<R><Key>{id}</Key><Session_ID>{id}</Session_ID><Login_Datetime>2026-01-02T03:04:05Z</Login_Datetime></R>");
            return Soap(
                "<ReadMultiple_Result xmlns=\"urn:microsoft-dynamics-schemas/page/activesessions\"><ReadMultiple_Result>"
                + $"{string.Concat(rows)}</ReadMultiple_Result></ReadMultiple_Result>");
        }

        var id = int.Parse(asked.Groups[1].Value, CultureInfo.InvariantCulture);
        if (!sessions.TryGetValue(id, out var fault))
        {
            return Said("NotFound");
        }

        switch (fault)
        {
            case Fault.NotFound or Fault.Changed or Fault.Refused:
                return Said(fault.ToString());
            case Fault.OtherInstance:
                return Said("OtherInstance:NAV2");
            case Fault.SoapFault:
                return Soap("<s:Fault><faultcode>s:Server</faultcode><faultstring>Not today.</faultstring></s:Fault>", "500 Error");
            case Fault.ForbiddenByAPage:
                return HttpServer.Message("403 Forbidden", "text/html", "<html><body>Forbidden</body></html>");
            case Fault.Redirected:
                return HttpServer.Message("302 Found", "text/html", string.Empty, "Location: http://elsewhere.invalid/\r\n");
            case Fault.ClosedBeforeItIsDone:
                return null;
            case Fault.ClosedAfterItIsDone:
                sessions.TryRemove(id, out _);
                return null;
            default:
                sessions.TryRemove(id, out _);
                return Said("Removed");
        }
    }

    private static string Said(string word) => Soap(
        "<RemoveSession_Result xmlns=\"urn:microsoft-dynamics-schemas/codeunit/SessionControl\">"
        + $"<return_value>{word}</return_value></RemoveSession_Result>");

    private static string Soap(string inside, string status = "200 OK") => HttpServer.Message(
        status,
        "text/xml; charset=utf-8",
        $"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>");
}
