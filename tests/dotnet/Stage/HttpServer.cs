using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace NavServerSession.Tests.Stage;

/// <summary>
/// Serves HTTP on this machine, each request answered by a function: <see cref="HttpListener"/> is a driver of the system on
/// Windows, and cannot be given port 0 anywhere.
/// </summary>
internal sealed partial class HttpServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, Task<string?>> answer;

    /// <param name="answer">What a request, head and body, is answered with; where nothing, its connection ends.</param>
    internal HttpServer(Func<string, Task<string?>> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = TakeConnections();
    }

    internal string Uri => $"http://{listener.LocalEndpoint}";

    public void Dispose() => listener.Dispose();

    /// <summary>An answer, of which a request with HEAD has to be sent the head alone.</summary>
    internal static string Message(string status, string contentType, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n"
        + body;

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
                while (await Request(stream) is { } request && await answer(request) is { } answered)
                {
                    var end = request.StartsWith("HEAD ")
                        ? answered.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4
                        : answered.Length;
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(answered[..end]));
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

            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            var request = text.ToString();
            var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var length = ContentLength().Match(request);
            var body = length.Success ? int.Parse(length.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
            if (end >= 0 && request.Length >= end + 4 + body)
            {
                return request;
            }
        }
    }
}
