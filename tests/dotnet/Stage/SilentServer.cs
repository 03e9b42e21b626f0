using System.Net;
using System.Net.Sockets;

namespace NavServerSession.Tests.Stage;

/// <summary>A server that takes connections and never answers.</summary>
internal sealed class SilentServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource request = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Socket? connection;

    internal SilentServer()
    {
        listener.Start();
        _ = TakeRequest();
    }

    internal string Uri => $"http://{listener.LocalEndpoint}/DynamicsNAV";

    /// <summary>Ends when a request has begun to come in.</summary>
    internal Task Request => request.Task;

    public void Dispose()
    {
        listener.Dispose();
        connection?.Dispose();
    }

    private async Task TakeRequest()
    {
        try
        {
            do
            {
                // A connection that ends without a request only looked whether there is one to be had.
                connection?.Dispose();
                connection = await listener.AcceptSocketAsync();
            }
            while (await connection.ReceiveAsync(new byte[1]) == 0);
            request.SetResult();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            request.TrySetException(exception);
        }
    }
}
