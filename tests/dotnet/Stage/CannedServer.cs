namespace NavServerSession.Tests.Stage;

/// <summary>A server that gives every request one answer: for what the emulator's program cannot be told to be.</summary>
internal sealed class CannedServer : IDisposable
{
    private readonly HttpServer server;
    private int requests;

    internal CannedServer(int status, string contentType, string body)
    {
        var answer = HttpServer.Message($"{status} Canned", contentType, body);
        server = new HttpServer(request =>
        {
            // A list that is late is followed by a look whether anything answers.
            if (!request.StartsWith("HEAD "))
            {
                Interlocked.Increment(ref requests);
            }

            return Task.FromResult<string?>(answer);
        });
    }

    internal string Uri => server.Uri;

    /// <summary>How many requests it was sent.</summary>
    internal int Requests => Volatile.Read(ref requests);

    public void Dispose() => server.Dispose();
}
