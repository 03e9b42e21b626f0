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
    private readonly ConcurrentBag<Task> connections = [];
    private CancellationTokenSource breaking = new();
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

    /// <summary>From now on everything goes to another server, as when one was started again; connections are broken.</summary>
    internal void SwitchTo(string other)
    {
        server = new Uri(other);
        Interlocked.Exchange(ref breaking, new()).Cancel();
        Task.WaitAll(connections);
    }

    public void Dispose() => listener.Dispose();

    private async Task TakeConnections()
    {
        try
        {
            while (true)
            {
                connections.Add(Join(await listener.AcceptTcpClientAsync(), breaking.Token));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay was disposed of.
        }
    }

    private async Task Join(TcpClient client, CancellationToken broken)
    {
        using var near = client;
        using var far = new TcpClient();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(broken);
        try
        {
            await far.ConnectAsync(server.Host, server.Port, ended.Token);
            Task[] ways = [Pass(near, far, Count, ended.Token), Pass(far, near, _ => { }, ended.Token)];
            await Task.WhenAny(ways);
            // Wine keeps a connection for as long as it is read from, also one that was closed.
            ended.Cancel();
            await Task.WhenAll(ways);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // To the client it is a connection that broke.
        }
    }

    private static async Task Pass(
        TcpClient from, TcpClient to, Action<ReadOnlyMemory<byte>> look, CancellationToken ended)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, ended) is > 0 and var length)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length), ended);
                look(buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
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
