using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace NavServerSession.Load;

/// <summary>What happened to a session on the server.</summary>
internal enum Happening
{
    /// <summary>A removal stopped it.</summary>
    Stopped,

    /// <summary>It ended by itself.</summary>
    Ended,

    /// <summary>It got the id of one that was gone.</summary>
    Began,
}

/// <summary>An id in a tenant or environment.</summary>
internal readonly record struct Place(string Tenant, int SessionId);

/// <summary>The server, and what it says has happened: the module is not asked.</summary>
internal sealed class Witness : IDisposable
{
    internal const string Company = "CRONUS International Ltd.";
    internal const string ClientId = "11111111-2222-3333-4444-555555555555";
    internal const string EntraTenant = "cronus.onmicrosoft.com";
    internal const string ClientSecret = "secret-of-the-load-test";
    internal const string AccessToken = "token-of-the-load-test";

    /// <summary>
    /// How the tenants begin whose sessions nobody but the witness stops, to see that all before it has been told: one a round.
    /// </summary>
    private const string Mark = "mark";

    /// <summary>The ids that are tried there: each has a session.</summary>
    private const int FirstMark = 100;
    private const int MostMarks = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Thread reader;
    private readonly object gate = new();
    private readonly Dictionary<string, string> addresses = [];
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private Dictionary<Place, List<(Happening What, Guid UniqueId)>> fates = [];
    private long opened;
    private long closed;
    private bool isOver;
    private int testimonies;

    internal Witness(Options options, IEnumerable<string> tenants, IEnumerable<string> environments, int sessions)
    {
        var start = new ProcessStartInfo(options.Emulator)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        string[] arguments =
        [
            "--soap-port", "0", "--odata-port", "0", "--admin-center-port", "0", "--exit-with-stdin", "--report",
            "--client-id", ClientId, "--multitenant",
            "--sessions", sessions.ToString(CultureInfo.InvariantCulture),
            "--fault-percent", "8", "--fault-seed", options.Seed.ToString(CultureInfo.InvariantCulture),
            .. Odds.SelectMany(kind => Enumerable.Repeat(kind.Kind, kind.Weight)).SelectMany(kind => (string[])["--fault", kind]),
            .. Enumerable.Range(0, options.Rounds).SelectMany(round => (string[])["--tenant", $"{Mark}{round}"]),
            .. tenants.SelectMany(tenant => (string[])["--tenant", tenant]),
            .. environments.SelectMany(environment => (string[])["--environment", environment]),
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["NAV_EMULATOR_CLIENT_SECRET"] = ClientSecret;
        start.Environment["NAV_EMULATOR_ACCESS_TOKEN"] = AccessToken;
        process = Process.Start(start)!;
        reader = new Thread(Read) { Name = "witness" };
        reader.Start();
        WaitFor("the addresses of the server", () => addresses.ContainsKey("Entra"));
    }

    /// <summary>The kinds of faults and how often each is met, beside the others.</summary>
    private static (string Kind, int Weight)[] Odds { get; } =
    [
        ("close-before-doing", 4), ("close-after-doing", 4), ("truncated", 4), ("delay", 4), ("silence", 1),
        ("too-many-requests", 2), ("not-ready", 4), ("internal-error", 4), ("bad-gateway", 4), ("session-ends", 3),
        ("id-reused", 3), ("id-reused-unanswered", 3),
    ];

    internal string Soap => addresses["SOAP"];

    internal string OData => addresses["OData"];

    internal string AdminCenter => addresses["Admin"];

    internal string Authority => addresses["Entra"];

    /// <summary>How many faults of each kind requests have met.</summary>
    internal SortedDictionary<string, long> Faults { get; } = [];

    internal long OpenConnections
    {
        get
        {
            lock (gate)
            {
                return opened - closed;
            }
        }
    }

    internal long Connections => opened;

    /// <summary>What has happened since the last call, once all of that has been told.</summary>
    internal Dictionary<Place, List<(Happening What, Guid UniqueId)>> Testify()
    {
        var marks = 0;
        // A request may meet a fault too.
        var tenant = $"{Mark}{testimonies++}";
        for (var id = FirstMark; marks == 0 && id < FirstMark + MostMarks; id++)
        {
            Stop(tenant, id);
            // The line was written before the answer, and may be read a moment later.
            ComesTrue(() => (marks = fates.Keys.Count(place => place.Tenant == tenant)) > 0, TimeSpan.FromSeconds(2));
        }

        if (marks == 0)
        {
            throw new InvalidOperationException("The server does not say what happens any more.");
        }

        lock (gate)
        {
            var told = fates;
            fates = [];
            foreach (var mark in told.Keys.Where(place => place.Tenant.StartsWith(Mark, StringComparison.Ordinal)).ToList())
            {
                told.Remove(mark);
            }

            return told;
        }
    }

    /// <summary>Waits until it holds, which is looked at whenever the server says something; false where it does not come to that.</summary>
    internal bool ComesTrue(Func<bool> condition, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        lock (gate)
        {
            while (!condition())
            {
                if (clock.Elapsed > patience || isOver)
                {
                    return false;
                }

                Monitor.Wait(gate, TimeSpan.FromMilliseconds(20));
            }
        }

        return true;
    }

    public void Dispose()
    {
        http.Dispose();
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
        }

        reader.Join();
        process.Dispose();
    }

    private void WaitFor(string what, Func<bool> condition)
    {
        if (!ComesTrue(condition, Patience))
        {
            throw new InvalidOperationException($"The server does not tell {what}.");
        }
    }

    private void Stop(string tenant, int id)
    {
        var method = $"{OData}/ODataV4/SessionControl_RemoveSession?company={Uri.EscapeDataString(Company)}&tenant={tenant}";
        var body = $$"""{"sessionId":{{id}},"sessionUniqueId":"","loginDatetime":"","comment":""}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, method)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.ConnectionClose = true;
        try
        {
            http.Send(request).Dispose();
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            // A fault that it met.
        }
    }

    private void Read()
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            lock (gate)
            {
                Take(line);
                Monitor.PulseAll(gate);
            }
        }

        lock (gate)
        {
            isOver = true;
            Monitor.PulseAll(gate);
        }
    }

    private void Take(string line)
    {
        var columns = line.Split('\t');
        switch (columns[0])
        {
            case "opened":
                opened++;
                break;
            case "closed":
                closed++;
                break;
            case "fault":
                Faults[columns[1]] = Faults.GetValueOrDefault(columns[1]) + 1;
                break;
            case "stopped" or "ended" or "began":
                var place = new Place(columns[1], int.Parse(columns[2], CultureInfo.InvariantCulture));
                if (!fates.TryGetValue(place, out var fate))
                {
                    fates.Add(place, fate = []);
                }

                fate.Add((Enum.Parse<Happening>(columns[0], ignoreCase: true), Guid.Parse(columns[3])));
                break;
            default:
                if (line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var name, var address])
                {
                    addresses.TryAdd(name, address);
                }

                break;
        }
    }
}
