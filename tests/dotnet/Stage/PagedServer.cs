using System.Net;
using System.Text;
using System.Text.Json;

namespace NavServerSession.Tests.Stage;

/// <summary>An OData service whose list has two pages of a session each. It holds the second back.</summary>
internal sealed class PagedServer : IDisposable
{
    private readonly HttpListener listener = CannedServer.Listen();
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PagedServer() => _ = Answer();

    internal string Uri => listener.Prefixes.Single().TrimEnd('/');

    /// <summary>How many pages were asked for.</summary>
    internal int Requests { get; private set; }

    internal void Release() => released.TrySetResult();

    public void Dispose()
    {
        Release();
        listener.Close();
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
                    Requests++;
                }

                var isSecond = context.Request.Url!.Query.Contains("skiptoken");
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

                context.Response.ContentType = "application/json";
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(page)));
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The server was disposed of.
        }
    }
}
