using System.Diagnostics;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Load;

/// <summary>Runspaces that remove sessions of a server whose answers are faulty, and what is left of that.</summary>
internal sealed class Load : IDisposable
{
    private const int MostShown = 10;

    /// <summary>Of each eight sessions so many belong to nobody and must stay.</summary>
    private const int Bystanders = 8;

    /// <summary>How soon connections have to be closed once the module is removed.</summary>
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(10);

    /// <summary>How soon connections have to be closed that nobody uses: they are kept for half a minute.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(45);

    /// <summary>So many files the runtime may open for itself after the first round.</summary>
    private const int FilesOfRuntime = 8;

    private readonly Options options;
    private readonly Batch[][][] plan;
    private readonly Witness witness;
    private readonly string folder = Directory.CreateTempSubdirectory("nav-session-load-").FullName;
    private readonly Engine?[] engines = new Engine?[Options.Runspaces];
    private readonly Verdict verdict = new();
    private readonly List<Footprint> footprints = [];
    private readonly List<long> removals = [];
    private readonly List<string> left = [];
    private readonly Figures figures = new();
    private int reopened;
    private int? sockets;
    private int? files;

    internal Load(Options options)
    {
        this.options = options;
        Environment.SetEnvironmentVariable("NAV_SESSION_ENDPOINTS", Path.Combine(folder, "endpoints.json"));
        plan = Plan(options);
        var batches = plan.SelectMany(round => round).SelectMany(batches => batches).ToList();
        IEnumerable<string> Of(bool online) =>
            batches.Where(batch => batch.Service is "AdminCenter" == online).Select(batch => batch.Tenant);
        witness = new Witness(options, Of(online: false), Of(online: true), options.Size + (options.Size / Bystanders) + 1);
        Register(Of(online: true));
    }

    /// <summary>False where something was wrong.</summary>
    internal bool Run()
    {
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < options.Rounds; round++)
        {
            RunAll(round);
            LookAtWhatIsLeft(isLast: round == options.Rounds - 1);
            verdict.Judge(plan[round].SelectMany(batches => batches), witness.Testify());
            plan[round] = [];
            removals.Add(verdict.Asked);
            footprints.Add(Footprint.Measure());
            Tell(round, clock.Elapsed);
        }

        clock.Stop();
        foreach (var engine in engines)
        {
            engine?.Dispose();
        }

        return Report(clock.Elapsed);
    }

    public void Dispose()
    {
        witness.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>What each runspace does in each round.</summary>
    private static Batch[][][] Plan(Options options)
    {
        var random = new Random((int)(options.Seed % int.MaxValue));
        var number = 0;
        Batch Next()
        {
            var service = random.Next(20) switch { 0 => "AdminCenter", < 10 => "OData", _ => "Soap" };
            return new Batch(service, $"{(service is "AdminCenter" ? 'e' : 't')}{++number}", options.Size, new Random(random.Next()));
        }

        return [.. Enumerable.Range(0, options.Rounds).Select(_ => Enumerable.Range(0, Options.Runspaces)
            .Select(_ => Enumerable.Range(0, options.Batches).Select(_ => Next()).ToArray()).ToArray())];
    }

    private void Register(IEnumerable<string> environments)
    {
        using var engine = new Engine(options.Module);
        void Do(string command)
        {
            using var shell = engine.Shell($"{command} -Force -ErrorAction Stop", []);
            shell.Invoke();
        }

        Do($"Register-NAVServerEndpoint Soap -Service Soap -Uri {witness.Soap} -Company '{Witness.Company}' -CredentialType None -Multitenant");
        Do($"Register-NAVServerEndpoint OData -Service OData -Uri {witness.OData} -Company '{Witness.Company}' -CredentialType None -Multitenant");
        foreach (var environment in environments)
        {
            Do($"Register-NAVServerEndpoint {environment} -Environment {environment} -Uri {witness.AdminCenter} "
                + $"-EntraTenant {Witness.EntraTenant} -ClientId {Witness.ClientId} -Authority {witness.Authority}");
        }
    }

    private void RunAll(int round)
    {
        var threads = Enumerable.Range(0, Options.Runspaces).Select(runspace => new Thread(() =>
        {
            try
            {
                Run(round, runspace);
            }
            catch (Exception exception)
            {
                lock (left)
                {
                    left.Add($"runspace {runspace} failed in round {round + 1}: {exception}");
                }
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }

    private void Run(int round, int runspace)
    {
        var random = new Random(HashCode.Combine(options.Seed, round, runspace));
        var engine = engines[runspace];
        if (engine is null)
        {
            engine = new Engine(options.Module);
        }
        else
        {
            engine.Import();
        }

        foreach (var batch in plan[round][runspace])
        {
            if (random.Next(8) == 0)
            {
                // Some are closed with the module in them, while others use its connections.
                if (random.Next(2) == 0)
                {
                    engine.Remove();
                }

                engine.Dispose();
                engine = new Engine(options.Module);
                Interlocked.Increment(ref reopened);
            }

            batch.Run(engine);
        }

        engines[runspace] = engine;
    }

    private void LookAtWhatIsLeft(bool isLast)
    {
        // At the end of a long run they go by themselves.
        var waits = isLast && options.Rounds > 5;
        if (!waits)
        {
            foreach (var engine in engines)
            {
                engine?.Remove();
            }
        }

        var how = waits ? "unused for half a minute" : "after Remove-Module";
        if (!witness.ComesTrue(() => witness.OpenConnections == 0, waits ? Idle : Closing))
        {
            left.Add($"{witness.OpenConnections} connections are open {how}");
        }

        if (!Footprint.ShowsThreadsAndFiles)
        {
            return;
        }

        if (!witness.ComesTrue(() => Footprint.Threads() == 0, Closing))
        {
            left.Add($"{Footprint.Threads()} threads of the library run {how}");
        }

        sockets ??= Footprint.Sockets();
        if (!witness.ComesTrue(() => Footprint.Sockets() <= sockets, Closing))
        {
            left.Add($"{Footprint.Sockets() - sockets} more sockets are open {how} than after the first round");
        }

        files ??= Footprint.Files();
        if (!witness.ComesTrue(() => Footprint.Files() <= files + FilesOfRuntime, Closing))
        {
            left.Add($"{Footprint.Files() - files} more files are open {how} than after the first round");
        }
    }

    private void Tell(int round, TimeSpan elapsed)
    {
        var footprint = footprints[^1];
        Console.WriteLine(
            $"round {round + 1,2}: {removals[^1],7} removals in {elapsed.TotalSeconds,5:0.0} s, {witness.Connections} connections so far, "
            + $"KiB native {footprint.Native / 1024} managed {footprint.Managed / 1024} resident {footprint.Resident / 1024}"
            + $", {verdict.Wrong.Count} wrong");
    }

    private bool Report(TimeSpan elapsed)
    {
        figures.Add("Removals asked for", verdict.Asked);
        foreach (var (service, number) in verdict.ByService)
        {
            figures.Add($"Removals by {service}", number);
        }

        figures.Add("Seconds", elapsed.TotalSeconds);
        figures.Add("Runspaces", Options.Runspaces);
        figures.Add("Runspaces closed and opened anew", reopened);
        figures.Add("Connections", witness.Connections);
        figures.Add("Faults met", witness.Faults.Values.Sum());
        foreach (var (fault, number) in witness.Faults)
        {
            figures.Add($"Fault: {fault}", number);
        }

        foreach (var (said, number) in verdict.Said)
        {
            figures.Add($"Said: {said}", number);
        }

        figures.Add("Removed and counted when the pipeline ended", verdict.CountedOnly);
        figures.Add("Not begun when the pipeline ended", verdict.NeverBegun);
        var memory = Memory();
        figures.Add("Wrong", verdict.Wrong.Count);
        figures.Show();
        figures.Write();
        string[] wrong = [.. left, .. memory, .. verdict.Wrong];
        foreach (var line in wrong.Take(MostShown))
        {
            Console.WriteLine($"WRONG: {line}");
        }

        if (wrong.Length > MostShown)
        {
            Console.WriteLine($"WRONG: and {wrong.Length - MostShown} more");
        }

        Console.WriteLine(wrong.Length == 0
            ? "Every removal came to one end, and nothing is left of them."
            : $"With seed {options.Seed} something is wrong.");
        return wrong.Length == 0;
    }

    /// <summary>
    /// Compares the least that was held after one of the last rounds with the least after one of the first, without those that
    /// warmed up: what is left of each removal, were it a hundred bytes, would be more than the bounds after 80,000.
    /// </summary>
    private List<string> Memory()
    {
        var warm = footprints.Skip(Math.Min(2, footprints.Count / 3)).ToList();
        var third = Math.Max(1, warm.Count / 3);
        var growing = new List<string>();
        void Compare(string what, Func<Footprint, long?> part, long bound)
        {
            if (warm.Take(third).Min(part) is not { } before || warm.TakeLast(third).Min(part) is not { } after)
            {
                return;
            }

            figures.Add($"{what} before, KiB", before / 1024);
            figures.Add($"{what} after, KiB", after / 1024);
            if (after - before > bound)
            {
                var trend = string.Join(", ", footprints.Select(footprint => part(footprint) / 1024));
                growing.Add($"{what} grew by {(after - before) / 1024} KiB, more than {bound / 1024}; KiB after each round: {trend}");
            }
        }

        Compare("Native memory in use", footprint => footprint.Native, 2 << 20);
        Compare("Managed memory in use", footprint => footprint.Managed, 1 << 20);
        Compare("Resident memory", footprint => footprint.Resident, 24 << 20);
        return growing;
    }
}
