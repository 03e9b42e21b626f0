// What `cargo xtask bench` compares with: a program over HttpClient, and calls into the library one by one.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

return args switch
{
    ["remove", var uri, var removals, var warmUp, var inFlight] =>
        await Removals.Run(new Uri(uri), removals, Number(warmUp), Number(inFlight)),
    ["calls", var library, var count] => Calls.Run(library, Number(count)),
    _ => Mistake(),
};

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Mistake()
{
    Console.Error.WriteLine("Usage: Contender remove URI FILE WARM-UP IN-FLIGHT | calls LIBRARY COUNT");
    return 2;
}

/// <summary>Posts removals, as many at once as asked for, over connections that HttpClient keeps.</summary>
internal static class Removals
{
    internal static async Task<int> Run(Uri uri, string file, int warmUp, int inFlight)
    {
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = inFlight };
        using var client = new HttpClient(handler);
        await Post(client, uri, File.ReadLines(file).Take(warmUp), inFlight);
        GC.Collect();

        var clock = Stopwatch.StartNew();
        var removed = await Post(client, uri, File.ReadLines(file).Skip(warmUp), inFlight);
        clock.Stop();

        Report.Write("seconds", clock.Elapsed.TotalSeconds);
        Report.Write("removed", removed);
        Report.Write("peak", Process.GetCurrentProcess().PeakWorkingSet64);
        return 0;
    }

    private static async Task<int> Post(HttpClient client, Uri uri, IEnumerable<string> bodies, int inFlight)
    {
        using var source = bodies.GetEnumerator();
        var workers = new Task<int>[inFlight];
        for (var i = 0; i < inFlight; i++)
        {
            workers[i] = Task.Run(Work);
        }

        return (await Task.WhenAll(workers)).Sum();

        async Task<int> Work()
        {
            var removed = 0;
            while (Next() is { } body)
            {
                using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var answer = await client.PostAsync(uri, content);
                answer.EnsureSuccessStatusCode();
                var text = await answer.Content.ReadAsStringAsync();
                if (text.Contains("\"Removed\"", StringComparison.Ordinal))
                {
                    removed++;
                }
            }

            return removed;
        }

        string? Next()
        {
            lock (source)
            {
                return source.MoveNext() ? source.Current : null;
            }
        }
    }
}

/// <summary>What a call from .NET into the library costs.</summary>
internal static unsafe class Calls
{
    internal static int Run(string library, int count)
    {
        var handle = NativeLibrary.Load(library);
        var version = (delegate* unmanaged[Cdecl]<uint>)NativeLibrary.GetExport(handle, "nav_abi_version");
        var names = (delegate* unmanaged[Cdecl]<byte*, nuint, nint*, nint*, nint*, int>)NativeLibrary.GetExport(
            handle, "nav_server_instance_names");
        var free = (delegate* unmanaged[Cdecl]<nint, void>)NativeLibrary.GetExport(handle, "nav_string_free");

        Report.Write("abi_version", Nanoseconds(count, () => version()));
        var name = Encoding.UTF8.GetBytes("DynamicsNAV");
        Report.Write("server_instance_names", Nanoseconds(count / 10, () =>
        {
            nint full, brief, error;
            int status;
            fixed (byte* text = name)
            {
                status = names(text, (nuint)name.Length, &full, &brief, &error);
            }

            if (status != 0)
            {
                throw new InvalidOperationException($"nav_server_instance_names answered {status}.");
            }

            free(full);
            free(brief);
        }));
        return 0;
    }

    private static double Nanoseconds(int count, Action call)
    {
        var rounds = new List<double>();
        for (var round = 0; round < 7; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < count; i++)
            {
                call();
            }

            rounds.Add(clock.Elapsed.TotalNanoseconds / count);
        }

        rounds.Sort();
        return rounds[rounds.Count / 2];
    }
}

/// <summary>Results, a name and a number in a line.</summary>
internal static class Report
{
    internal static void Write(string name, double number) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {number:R}"));
}
