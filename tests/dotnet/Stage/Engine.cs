using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace NavServerSession.Tests.Stage;

/// <summary>A PowerShell engine with the module in it, as a host program has one.</summary>
internal sealed class Engine : IDisposable
{
    private readonly Runspace runspace;

    /// <param name="answers">What the person at the host answers to its prompts, by the label of the choice.</param>
    internal Engine(params string[] answers)
        : this(new RecordingHost(answers, canAsk: true))
    {
    }

    internal Engine(RecordingHost host)
    {
        Host = host;
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([ModuleUnderTest.Manifest]);
        state.ThrowOnRunspaceOpenError = true;
        runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.Open();
    }

    internal RecordingHost Host { get; }

    /// <summary>Runs a script; <c>$value</c> in it is <paramref name="value"/>.</summary>
    internal Run Run(string script, object? value = null)
    {
        using var shell = Shell(script, value);
        var output = shell.Invoke();
        return new Run(output, shell.Streams);
    }

    /// <summary>Gives all scripts to come a variable.</summary>
    internal void Set(string name, object? value) => runspace.SessionStateProxy.SetVariable(name, value);

    /// <summary>A script that is about to run. The caller disposes of it.</summary>
    internal PowerShell Shell(string script, object? value = null)
    {
        Set("value", value);
        var shell = PowerShell.Create(runspace);
        shell.AddScript(script);
        return shell;
    }

    public void Dispose() => runspace.Dispose();
}

/// <summary>What a script left in its streams.</summary>
internal sealed class Run(IEnumerable<PSObject> output, PSDataStreams streams)
{
    internal List<PSObject> Output { get; } = [.. output];

    /// <summary>The rows among the output that are of the dozen sessions the server begins with.</summary>
    internal List<Session> Dozen => [.. Output.Select(row => row.BaseObject).OfType<Session>().Where(row => Emulator.IsOneOfTheDozen(row.SessionID))];

    internal List<ErrorRecord> Errors { get; } = [.. streams.Error];

    internal List<string> Warnings { get; } = [.. streams.Warning.Select(record => record.Message)];

    internal List<string> Verbose { get; } = [.. streams.Verbose.Select(record => record.Message)];

    internal List<string> Debug { get; } = [.. streams.Debug.Select(record => record.Message)];

    /// <summary>The ids of the errors, without the command they come from.</summary>
    internal List<string> ErrorIds => [.. Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0])];

    internal ErrorRecord Error => Assert.Single(Errors);

    /// <summary>The output, where it is steps of a check.</summary>
    internal List<CheckedStep> Steps => [.. Output.Select(row => Assert.IsType<CheckedStep>(row.BaseObject))];

    /// <summary>What the errors are about.</summary>
    internal List<object?> Targets =>
        [.. Errors.Select(error => error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject)];

    /// <summary>The script did its work in silence.</summary>
    internal void IsSilent()
    {
        Assert.Empty(Errors);
        Assert.Empty(Warnings);
        Assert.Empty(Output);
    }
}
