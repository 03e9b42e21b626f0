using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;

namespace EngineHost;

/// <summary>Runs a script in the PowerShell engine: <c>EngineHost script.ps1 [-Name value …]</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length % 2 == 0)
        {
            Console.Error.WriteLine("Usage: EngineHost script.ps1 [-Name value …]");
            return 2;
        }

        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = ExecutionPolicy.Bypass;
        }

        using var runspace = RunspaceFactory.CreateRunspace(new ConsoleHost(), state);
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        // In the global scope, and with errors where the output goes, as `pwsh -File` has it.
        shell.AddCommand(arguments[0], useLocalScope: false);
        for (var at = 1; at < arguments.Length; at += 2)
        {
            shell.AddParameter(arguments[at].TrimStart('-'), arguments[at + 1]);
        }

        shell.Commands.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        shell.AddCommand("Out-Default");
        try
        {
            shell.Invoke();
        }
        catch (RuntimeException exception)
        {
            Console.Error.WriteLine(exception.ErrorRecord);
            return 1;
        }

        return runspace.SessionStateProxy.GetVariable("LASTEXITCODE") as int? ?? 0;
    }
}
