using System.Collections;
using System.Management.Automation;
using System.Net;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Load;

/// <summary>How the ids reach the command.</summary>
internal enum Manner
{
    /// <summary>Rows of a list, by the pipeline.</summary>
    Rows,

    /// <summary>Rows of a list, by the pipeline, of which only the first answers are waited for.</summary>
    FirstOfRows,

    /// <summary>Rows of a list, by the pipeline, which somebody stops.</summary>
    StoppedRows,

    /// <summary>Bare ids, in one command.</summary>
    Ids,

    /// <summary>Bare ids, in one command, which somebody stops.</summary>
    StoppedIds,

    /// <summary>Bare ids, a command for each.</summary>
    Loop,
}

/// <summary>What was said of an id: an outcome, an error's id, or a heading of what was told when the command ended early.</summary>
internal readonly record struct Word(string Said, bool IsObject);

/// <summary>Removals of sessions of one tenant or environment that nobody else has to do with.</summary>
internal sealed class Batch
{
    private const string List = "param($place, $more) Get-NAVServerSession -ServerInstance $place @more";

    private static readonly Manner[] Manners =
    [
        Manner.Rows, Manner.Rows, Manner.Rows, Manner.FirstOfRows, Manner.StoppedRows,
        Manner.Ids, Manner.Ids, Manner.StoppedIds, Manner.Loop, Manner.Loop,
    ];

    /// <summary>Where the ids of web-service sessions begin, among them the calls' own.</summary>
    private const int FirstWebServiceSession = 2001;

    /// <summary>A list may meet a fault as often as this before something else is wrong.</summary>
    private const int MostLists = 100;

    private readonly Random random;
    private readonly int size;

    internal Batch(string service, string tenant, int size, Random random)
    {
        Service = service;
        Tenant = tenant;
        this.size = size;
        this.random = random;
        // A removal through the Admin Center API is several requests.
        Manner = service is "AdminCenter" ? Pick(Manner.Rows, Manner.Ids, Manner.StoppedRows, Manner.StoppedIds) : Pick(Manners);
    }

    /// <summary>Soap, OData or AdminCenter.</summary>
    internal string Service { get; }

    /// <summary>The tenant or environment whose sessions they are.</summary>
    internal string Tenant { get; }

    internal Manner Manner { get; }

    internal bool IsOfRows => Manner is Manner.Rows or Manner.FirstOfRows or Manner.StoppedRows;

    internal bool MayEndEarly => Manner is Manner.FirstOfRows or Manner.StoppedRows or Manner.StoppedIds;

    /// <summary>The sessions that were asked for, with what the list told of their unique ids.</summary>
    internal Dictionary<int, Guid?> Asked { get; private set; } = [];

    /// <summary>What was said of each.</summary>
    internal Dictionary<int, List<Word>> Said { get; } = [];

    /// <summary>What the command told when it ended early.</summary>
    internal EarlyEnd? EarlyEnd { get; private set; }

    /// <summary>What was said that is about none of them, or is not understood.</summary>
    internal List<string> Strange { get; } = [];

    internal void Run(Engine engine)
    {
        var rows = Rows(engine);
        Asked = rows.ToDictionary(SessionId, row => Property(row, "SessionUniqueID") as Guid?);
        engine.Host.Warnings.Clear();
        engine.Host.Progress.Clear();
        var place = Service is "AdminCenter" ? Tenant : Service;
        using var shell = engine.Shell(
            Script(),
            new() { ["rows"] = rows, ["ids"] = Asked.Keys.ToArray(), ["place"] = place, ["more"] = RemovalOptions(), ["first"] = Some() });
        using var output = new PSDataCollection<PSObject>();
        Task? stop = null;
        if (Manner is Manner.StoppedRows or Manner.StoppedIds)
        {
            var left = Some();
            output.DataAdded += (_, _) =>
            {
                if (--left == 0)
                {
                    stop = Task.Run(shell.Stop);
                }
            };
        }

        try
        {
            shell.EndInvoke(shell.BeginInvoke<PSObject, PSObject>(null, output));
        }
        catch (PipelineStoppedException) when (stop is not null)
        {
        }
        catch (RuntimeException exception)
        {
            Strange.Add($"the pipeline failed: {exception.Message}");
        }

        stop?.Wait();
        Collect(shell, output, engine.Host);
    }

    private static object? Property(PSObject row, string name) => row.Properties[name]?.Value;

    private static int SessionId(PSObject row) => (int)Property(row, "SessionID")!;

    private T Pick<T>(params T[] of) => of[random.Next(of.Length)];

    private int Some() => random.Next(1, size);

    private string Script()
    {
        const string Switches = "@more -Force -Confirm:$false -PassThru";
        // Select-Object -First is not in the engine; a break out of the loop ends the pipeline just so.
        const string First = "ForEach-Object { $_; if (--$first -le 0) { break } }";
        const string Parameters = "param($rows, $ids, $place, $more, $first)";
        return Manner switch
        {
            Manner.Rows or Manner.StoppedRows => $"{Parameters} $rows | Remove-NAVServerSession {Switches}",
            Manner.FirstOfRows => $"{Parameters} foreach ($once in 1) {{ $rows | Remove-NAVServerSession {Switches} | {First} }}",
            Manner.Ids or Manner.StoppedIds =>
                $"{Parameters} Remove-NAVServerSession -ServerInstance $place -SessionId $ids {Switches}",
            _ => $"{Parameters} foreach ($id in $ids) {{ Remove-NAVServerSession -ServerInstance $place -SessionId $id {Switches} }}",
        };
    }

    /// <summary>What both commands are given.</summary>
    private Hashtable CommonOptions()
    {
        var options = new Hashtable { ["NetworkTimeout"] = TimeSpan.FromSeconds(1) };
        if (Service is not "AdminCenter")
        {
            options["Tenant"] = Tenant;
        }
        else if (random.Next(2) == 0)
        {
            options["AccessToken"] = new NetworkCredential(string.Empty, Witness.AccessToken).SecurePassword;
        }
        else
        {
            var secret = new NetworkCredential(string.Empty, Witness.ClientSecret).SecurePassword;
            options["Credential"] = new PSCredential(Witness.ClientId, secret);
        }

        return options;
    }

    private Hashtable RemovalOptions()
    {
        var options = CommonOptions();
        if (IsOfRows)
        {
            // A row says its own.
            options.Remove("Tenant");
        }

        if (random.Next(2) == 0)
        {
            options["MaxRetries"] = random.Next(4);
            options["RetryMode"] = "Fixed";
            options["DelayBetweenRetries"] = TimeSpan.FromMilliseconds(50);
        }

        if (random.Next(3) == 0)
        {
            options["ThrottleLimit"] = random.Next(1, 33);
        }

        if (random.Next(4) == 0)
        {
            options["Wait"] = true;
            options["TimeoutSec"] = 20;
        }

        return options;
    }

    /// <summary>As many rows as are to be removed, in any order; those that are left must stay.</summary>
    private List<PSObject> Rows(Engine engine)
    {
        var place = Service is "AdminCenter" ? Tenant : Service;
        for (var attempt = 0; attempt < MostLists; attempt++)
        {
            using var shell = engine.Shell(List, new() { ["place"] = place, ["more"] = CommonOptions() });
            var rows = shell.Invoke();
            if (shell.Streams.Error.Count == 0)
            {
                var candidates = rows.Where(row => SessionId(row) < FirstWebServiceSession).OrderBy(SessionId).ToArray();
                random.Shuffle(candidates);
                return [.. candidates.Take(size)];
            }
        }

        throw new InvalidOperationException($"No list of {Tenant} can be had.");
    }

    private void Collect(PowerShell shell, IEnumerable<PSObject> output, RecordingHost host)
    {
        foreach (var removed in output)
        {
            Say(SessionId(removed), new Word(Property(removed, "Outcome")!.ToString()!, IsObject: true));
        }

        foreach (var error in shell.Streams.Error)
        {
            var id = error.FullyQualifiedErrorId.Split(',')[0];
            if (Target(error) is { } sessionId)
            {
                Say(sessionId, new Word(id, IsObject: false));
            }
            else
            {
                Strange.Add($"an error that names no session: {id}: {error}");
            }
        }

        foreach (var warning in host.Warnings.Union(shell.Streams.Warning.Select(warning => warning.Message)))
        {
            if (MayEndEarly && EarlyEnd is null && NavServerSession.Load.EarlyEnd.Parse(warning) is { } end)
            {
                EarlyEnd = end;
                foreach (var (sessionId, what) in end.Named)
                {
                    Say(sessionId, new Word(what, IsObject: false));
                }
            }
            else
            {
                Strange.Add($"a warning: {warning}");
            }
        }
    }

    private static int? Target(ErrorRecord error)
    {
        var target = error.TargetObject is null ? null : PSObject.AsPSObject(error.TargetObject);
        return target?.BaseObject as int? ?? target?.Properties["SessionID"]?.Value as int?;
    }

    private void Say(int sessionId, Word word)
    {
        if (!Said.TryGetValue(sessionId, out var words))
        {
            Said.Add(sessionId, words = []);
        }

        words.Add(word);
    }
}
