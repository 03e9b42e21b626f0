using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
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
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<int, Fault> sessions;

    internal FaultyServer(IReadOnlyDictionary<int, Fault> faults)
    {
        sessions = new(faults);
        listener.Start();
        _ = TakeConnections();
    }

    internal string Uri => $"http://{listener.LocalEndpoint}/DynamicsNAV";

    internal IEnumerable<int> SessionIds => sessions.Keys;

    public void Dispose() => listener.Dispose();

    [GeneratedRegex("<sessionId>(-?[0-9]+)</sessionId>")]
    private static partial Regex SessionId();

    [GeneratedRegex("content-length: *([0-9]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();

    private async Task TakeConnections()
    {
        try
        {
            while (true)
            {
                _ = Serve(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server was disposed of.
        }
    }

    private async Task Serve(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                var stream = connection.GetStream();
                while (await Request(stream) is { } request && Answer(request) is { } answer)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answer));
                }
            }
            catch (IOException)
            {
                // The client ended the connection.
            }
        }
    }

    private static async Task<string?> Request(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                return null;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            var request = text.ToString();
            var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = ContentLength().Match(request);
            if (end >= 0 && request.Length >= end + 4 + int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture))
            {
                return request;
            }
        }
    }

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
                return Http("403 Forbidden", "text/html", "<html><body>Forbidden</body></html>");
            case Fault.Redirected:
                return Http("302 Found", "text/html", string.Empty, "Location: http://elsewhere.invalid/\r\n");
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

    private static string Soap(string inside, string status = "200 OK") => Http(
        status,
        "text/xml; charset=utf-8",
        $"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{inside}</s:Body></s:Envelope>");

    private static string Http(string status, string contentType, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";
}
