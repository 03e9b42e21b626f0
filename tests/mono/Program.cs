using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace NavServerSession.Mono;

/// <summary>Runs one check of the P/Invoke layer and ends with 0 if what is expected holds.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        // What they have is in the core of Mono, as it is in that of .NET Framework since 4.7.
        var inCore = new[] { "System.Runtime.InteropServices.RuntimeInformation", "System.ValueTuple" };
        AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) =>
            Array.IndexOf(inCore, new AssemblyName(wanted.Name).Name) >= 0 ? typeof(object).Assembly : null;
        Run(arguments[0]);
        return 0;
    }

    // Apart, since its code cannot be compiled before the handler is there.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run(string name)
    {
        var checks = new Dictionary<string, Action>
        {
            ["sessions"] = Checks.SessionsAreListedAndRemoved,
            ["failure"] = Checks.AFailureSaysWhatTheLibrarySays,
            ["layout"] = Checks.PrintLayouts,
            ["log"] = Checks.LinesOfTheLogArrive,
            ["handles"] = Checks.ForgottenHandlesAreFreed,
            ["cancellation"] = Checks.ACancellationFromAnotherThreadEndsACall,
            ["removals"] = Checks.ManyRemovalsAreInFlight,
            ["texts"] = Checks.TextsSecretsAndTimesCross,
        };
        checks[name]();
    }
}
