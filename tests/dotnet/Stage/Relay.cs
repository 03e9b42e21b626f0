using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NavServerSession.Tests.Stage;

/// <summary>Passes everything on to a server and counts the requests, so that a test knows how far a command has come.</summary>
internal sealed class Relay : IDisposable
{
    private static readonly byte[] EndOfRequestLine = Encoding.ASCII.GetBytes(" HTTP/1.1\r\n");

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly SemaphoreSlim requests = new(0);
    private volatile Uri server;

    internal Relay(string server)
    {
        this.server = new Uri(server);
        listener.Start();
        _ = TakeConnections();
    }

    /// <summary>The server's address, by way of here.</summary>
    internal string Uri => $"http://{listener.LocalEndpoint}{server.AbsolutePath.TrimEnd('/')}";

    /// <summary>Ends when so many more requests have begun to come in.</summary>
    internal async Task Requests(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(await requests.WaitAsync(TimeSpan.FromSeconds(30)), $"{i} requests came in, and {count} were awaited.");
        }
    }

    /// <summary>From now on requests go to another server, also those on connections that are kept.</summary>
    internal void SwitchTo(string other) => server = new Uri(other);

    public void Dispose() => listener.Dispose();

    private async Task TakeConnections()
    {
        try
        {
            while (true)
            {
                _ = Join(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay was disposed of.
        }
    }

    private async Task Join(TcpClient client)
    {
        using var near = client;
        TcpClient? far = null;
        Uri? at = null;
        var buffer = new byte[65536];
        try
        {
            while (await near.GetStream().ReadAsync(buffer) is > 0 and var length)
            {
                if (far is null || at != server)
                {
                    at = server;
                    var before = far;
                    far = new TcpClient();
                    before?.Dispose();
                    await far.ConnectAsync(at.Host, at.Port);
                    var current = far;
                    _ = PassBack(current, near, () => far == current);
                }

                await far.GetStream().WriteAsync(buffer.AsMemory(0, length));
                Count(buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            // To the client it is a connection that broke.
        }
        finally
        {
            far?.Dispose();
        }
    }

    private static async Task PassBack(TcpClient far, TcpClient near, Func<bool> isCurrent)
    {
        try
        {
            await far.GetStream().CopyToAsync(near.GetStream());
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // One side is gone, so the other is let go of.
        }

        if (isCurrent())
        {
            near.Close();
        }
    }

    private void Count(ReadOnlyMemory<byte> sent)
    {
        var rest = sent.Span;
        while (rest.IndexOf(EndOfRequestLine) is >= 0 and var at)
        {
            requests.Release();
            rest = rest[(at + EndOfRequestLine.Length)..];
        }
    }
}
