using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace NavServerSession.Tests;

/// <summary>
/// Runs the tests, or those whose names have one of the arguments in them; those that have an argument with a minus before it
/// are skipped. The last line says how many passed, failed and were skipped.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        // What names have beyond ASCII is read by a program that expects UTF-8.
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        var wanted = arguments.Where(argument => !argument.StartsWith('-')).ToArray();
        var unwanted = arguments.Where(argument => argument.StartsWith('-')).Select(argument => argument[1..]).ToArray();
        using var executor = new XunitTestFrameworkExecutor(
            Assembly.GetExecutingAssembly().GetName(), new NoSources(), new Report());
        using var discoverer = new XunitTestFrameworkDiscoverer(
            Reflector.Wrap(Assembly.GetExecutingAssembly()), new NoSources(), new Report());
        var options = new Options();
        var found = new Report();
        discoverer.Find(includeSourceInformation: false, found, options);
        found.Finished.Wait();

        var asked = found.Tests.Where(test => wanted.Length == 0 || wanted.Any(test.DisplayName.Contains)).ToList();
        var tests = asked.Where(test => !unwanted.Any(test.DisplayName.Contains)).ToList();
        var report = new Report();
        executor.RunTests(tests.Cast<IXunitTestCase>(), report, options);
        report.Finished.Wait();
        var skipped = report.Skipped + asked.Count - tests.Count;
        Console.WriteLine($"{report.Passed} passed, {report.Failed} failed, {skipped} skipped");
        return report.Failed == 0 ? 0 : 1;
    }

    /// <summary>Writes what comes of each test as it comes.</summary>
    private sealed class Report : LongLivedMarshalByRefObject, IMessageSink
    {
        internal ManualResetEventSlim Finished { get; } = new();

        internal List<ITestCase> Tests { get; } = [];

        internal int Passed { get; private set; }

        internal int Failed { get; private set; }

        internal int Skipped { get; private set; }

        public bool OnMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestCaseDiscoveryMessage discovered:
                    Tests.Add(discovered.TestCase);
                    break;
                case ITestPassed test:
                    Passed++;
                    Console.WriteLine($"[+] {test.Test.DisplayName} {test.ExecutionTime:0.00} s");
                    break;
                case ITestSkipped test:
                    Skipped++;
                    Console.WriteLine($"[!] {test.Test.DisplayName}: {test.Reason}");
                    break;
                case ITestFailed test:
                    Fail(test.Test.DisplayName, test);
                    break;
                // What breaks around the tests: a constructor of a class, a fixture, the framework.
                case IFailureInformation failure:
                    Fail(message.GetType().Name, failure);
                    break;
                case IDiscoveryCompleteMessage or ITestAssemblyFinished:
                    Finished.Set();
                    break;
            }

            return true;
        }

        private void Fail(string name, IFailureInformation failure)
        {
            Failed++;
            Console.WriteLine($"[-] {name}");
            Console.WriteLine(string.Join('\n', failure.Messages));
            Console.WriteLine(string.Join('\n', failure.StackTraces));
        }
    }

    /// <summary>Where a test stands is not asked for.</summary>
    private sealed class NoSources : LongLivedMarshalByRefObject, ISourceInformationProvider
    {
        public ISourceInformation GetSourceInformation(ITestCase testCase) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    /// <summary>What xunit does where nothing else is said.</summary>
    private sealed class Options : LongLivedMarshalByRefObject, ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> values = [];

        public TValue GetValue<TValue>(string name) => values.TryGetValue(name, out var value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => values[name] = value;
    }
}
