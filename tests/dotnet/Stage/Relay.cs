using System.Collections.Concurrent;
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
    private readonly ConcurrentBag<TcpClient> connections = [];
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

    /// <summary>From now on everything goes to another server, as when one was started again; connections break.</summary>
    internal void SwitchTo(string other)
    {
        server = new Uri(other);
        foreach (var connection in connections)
        {
            connection.Close();
        }
    }

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
        connections.Add(near);
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(server.Host, server.Port);
            await Task.WhenAny(Pass(near, far, Count), Pass(far, near, _ => { }));
        }
        catch (SocketException)
        {
            // To the client it is a connection that broke.
        }
    }

    private static async Task Pass(TcpClient from, TcpClient to, Action<ReadOnlyMemory<byte>> look)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is > 0 and var length)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length));
                look(buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // One side is gone, so the other is let go of.
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
