using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NavServerSession.Tests.Stage;

/// <summary>
/// A server that gives every request one answer, with what it was sent to sign in with wherever the answer says
/// <c>{sent}</c>. It keeps no request in memory: each goes through a place that is cleared.
/// </summary>
internal sealed class RepeatingServer : IDisposable
{
    private const string Sent = "{sent}";

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string answer;
    private readonly Thread thread;
    private int requests;

    /// <param name="answer">Status line, headers but for the length, an empty line, and the body.</param>
    internal RepeatingServer(string answer)
    {
        this.answer = answer.ReplaceLineEndings("\r\n");
        listener.Start();
        thread = new Thread(Answer) { IsBackground = true };
        thread.Start();
    }

    internal string Uri => $"http://{listener.LocalEndpoint}/BC";

    /// <summary>How many requests came with something to sign in with.</summary>
    internal int Requests => Volatile.Read(ref requests);

    public void Dispose()
    {
        listener.Dispose();
        thread.Join();
    }

    private void Answer()
    {
        try
        {
            while (true)
            {
                // A check keeps a connection open on which it sends nothing.
                var connection = listener.AcceptSocket();
                new Thread(() => Answer(connection)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server was disposed of.
        }
    }

    private void Answer(Socket connection)
    {
        using var open = connection;
        var place = GC.AllocateArray<byte>(1 << 14, pinned: true);
        try
        {
            var (length, end) = (0, -1);
            while (end < 0 && connection.Receive(place, length, place.Length - length, SocketFlags.None) is > 0 and var more)
            {
                length += more;
                end = place.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            }

            if (end >= 0)
            {
                Send(connection, place.AsSpan(0, end));
            }

            // A body that is still to come would turn the end of the connection into a failure of it.
            connection.Shutdown(SocketShutdown.Send);
            while (connection.Receive(place) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The client went away.
        }
        finally
        {
            place.AsSpan().Clear();
        }
    }

    private void Send(Socket connection, ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Authorization: "u8);
        Interlocked.Add(ref requests, at >= 0 ? 1 : 0);
        var said = answer;
        if (answer.Contains(Sent))
        {
            var line = at >= 0 ? Encoding.UTF8.GetString(head[at..]).Split("\r\n")[0]["Authorization: ".Length..] : string.Empty;
            var pair = line.StartsWith("Basic ") ? Encoding.UTF8.GetString(Convert.FromBase64String(line[6..])) : line;
            said = answer.Replace(Sent, $"{line}, that is {pair}");
        }

        var parts = said.Split("\r\n\r\n", 2);
        connection.Send(Encoding.UTF8.GetBytes(
            $"HTTP/1.1 {parts[0]}\r\nConnection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(parts[1])}\r\n\r\n{parts[1]}"));
    }
}
