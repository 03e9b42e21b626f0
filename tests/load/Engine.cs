using System.Management.Automation;
using System.Management.Automation.Runspaces;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Load;

/// <summary>A runspace with the module.</summary>
internal sealed class Engine : IDisposable
{
    private readonly Runspace runspace;
    private readonly string manifest;

    internal Engine(string module)
    {
        manifest = Path.GetFullPath(Path.Combine(module, "NavServerSession.psd1"));
        var state = InitialSessionState.CreateDefault2();
        state.ThrowOnRunspaceOpenError = true;
        runspace = RunspaceFactory.CreateRunspace(Host, state);
        runspace.Open();
        Import();
    }

    internal RecordingHost Host { get; } = new([], canAsk: false);

    /// <summary>A script that is about to run, with these parameters. The caller disposes of it.</summary>
    internal PowerShell Shell(string script, Dictionary<string, object?> parameters)
    {
        var shell = PowerShell.Create(runspace);
        shell.AddScript(script).AddParameters(parameters);
        return shell;
    }

    internal void Import() => Do("param($name) Import-Module $name -ErrorAction Stop", manifest);

    /// <summary>Removes the module, which closes the connections that nobody uses.</summary>
    internal void Remove() => Do("param($name) Remove-Module $name -ErrorAction Stop", "NavServerSession");

    internal void Do(string script, string name)
    {
        using var shell = Shell(script, new() { ["name"] = name });
        shell.Invoke();
    }

    public void Dispose() => runspace.Dispose();
}
