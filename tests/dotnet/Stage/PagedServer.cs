using System.Text.Json;

namespace NavServerSession.Tests.Stage;

/// <summary>An OData service whose list has two pages of a session each. It holds the second back.</summary>
internal sealed class PagedServer : IDisposable
{
    private readonly HttpServer server;
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int requests;

    internal PagedServer() => server = new HttpServer(Answer);

    internal string Uri => server.Uri;

    /// <summary>How many pages were asked for.</summary>
    internal int Requests => Volatile.Read(ref requests);

    internal void Release() => released.TrySetResult();

    public void Dispose()
    {
        Release();
        server.Dispose();
    }

    private async Task<string?> Answer(string request)
    {
        // A list that is late is followed by a look whether anything answers.
        if (!request.StartsWith("HEAD "))
        {
            Interlocked.Increment(ref requests);
        }

        var isSecond = request.Split(' ')[1].Contains("skiptoken");
        if (isSecond)
        {
            await released.Task;
        }

        var page = new Dictionary<string, object>
        {
            ["value"] = new[] { new { Session_ID = isSecond ? 2 : 1, User_ID = "ANNA" } },
        };
        if (!isSecond)
        {
            page["@odata.nextLink"] = $"{Uri}/ODataV4/ActiveSessions?$skiptoken=1";
        }

        return HttpServer.Message("200 OK", "application/json", JsonSerializer.Serialize(page));
    }
}
