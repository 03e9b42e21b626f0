using System;
using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What all commands of the module share: cancellation, log and errors.</summary>
public abstract class NavCommand : PSCmdlet, IDisposable
{
    private NavCancel? cancel;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private protected NavCancel Cancellation =>
        cancel ?? throw new InvalidOperationException("The command has not begun.");

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            cancel = new NavCancel();
        }
        catch (NavSessionException exception)
        {
            ThrowTerminatingError(exception.ToErrorRecord(null));
        }

        if (Stopping)
        {
            // StopProcessing came before there was anything to cancel.
            cancel!.Request();
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => cancel?.Request();

    /// <summary>Lets go of what the command holds.</summary>
    protected virtual void Dispose(bool disposing) => cancel?.Dispose();

    private protected bool IsOnCommandLine(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>Writes a line about what is being done.</summary>
    private protected void Tell(string text)
    {
        // With -Debug alone the engine asks before each verbose line, and fails where it cannot ask.
        if (IsSwitchedOn("Debug") && !IsOnCommandLine("Verbose"))
        {
            WriteDebug(text);
        }
        else
        {
            WriteVerbose(text);
        }
    }

    /// <summary>Ends the work where the command was told to stop.</summary>
    private protected void EndIfStopping()
    {
        if (Stopping)
        {
            throw new PipelineStoppedException();
        }
    }

    private protected bool IsSwitchedOn(string parameter) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out var given) && LanguagePrimitives.IsTrue(given);

    /// <summary>Writes an error about one item; the command goes on with the next.</summary>
    private protected virtual void WriteError(NavSessionException exception, object? target)
    {
        // The item failed because the command was told to stop, which is nobody's error.
        EndIfStopping();

        WriteError(exception.ToErrorRecord(target));
    }
}
