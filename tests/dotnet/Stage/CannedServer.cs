using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NavServerSession.Tests.Stage;

/// <summary>A server that gives every request one answer: for what the emulator's program cannot be told to be.</summary>
internal sealed class CannedServer : IDisposable
{
    private readonly HttpListener listener;
    private readonly byte[] body;
    private readonly int status;
    private readonly string contentType;
    private int requests;

    internal CannedServer(int status, string contentType, string body)
    {
        this.status = status;
        this.contentType = contentType;
        this.body = Encoding.UTF8.GetBytes(body);
        listener = Listen();
        _ = Answer();
    }

    internal string Uri => listener.Prefixes.Single().TrimEnd('/');

    /// <summary>How many requests it was sent.</summary>
    internal int Requests => Volatile.Read(ref requests);

    public void Dispose() => listener.Close();

    /// <summary>A listener of this class cannot be given port 0, so a port that was free a moment ago is taken.</summary>
    internal static HttpListener Listen()
    {
        while (true)
        {
            int port;
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                port = ((IPEndPoint)free.LocalEndpoint).Port;
            }

            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return listener;
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    private async Task Answer()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                // A list that is late is followed by a look whether anything answers.
                if (context.Request.HttpMethod != "HEAD")
                {
                    Interlocked.Increment(ref requests);
                }
                context.Response.StatusCode = status;
                context.Response.ContentType = contentType;
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The server was disposed of.
        }
    }
}
