using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Host;
using NavServerSession.Completion;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Ends sessions.</summary>
[Cmdlet(
    VerbsCommon.Remove,
    "NAVServerSession",
    DefaultParameterSetName = ServerInstanceSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveNavServerSession : SessionCommand
{
    private readonly Dictionary<ulong, Pending> pending = new();
    private NavRemovals? removals;
    private ulong lastTag;
    private bool sessionIdIsOnCommandLine;
    private bool uniqueIdIsOnCommandLine;
    private bool loginIsOnCommandLine;

    /// <summary>The ids of the sessions.</summary>
    [Parameter(ParameterSetName = ServerInstanceSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [SessionIdArgument]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public int[]? SessionId { get; set; }

    /// <summary>What the session's unique id must be.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SessionUniqueIdArgument]
    public Guid? SessionUniqueId { get; set; }

    /// <summary>When the session must have begun.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [LoginDatetimeArgument]
    public DateTime? LoginDatetime { get; set; }

    /// <summary>What the server notes about the removal.</summary>
    [Parameter]
    public string? Comment { get; set; }

    /// <summary>Waits until the session is gone.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>How many seconds to wait at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 60;

    /// <summary>How many requests are in flight at most.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ThrottleLimit { get; set; } = 8;

    private protected override ClientOptions OptionsFor(string serverInstance)
    {
        var options = base.OptionsFor(serverInstance);
        options.Comment = Comment;
        options.Wait = Wait ? TimeSpan.FromSeconds(TimeoutSec) : null;
        return options;
    }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        sessionIdIsOnCommandLine = IsOnCommandLine(nameof(SessionId));
        uniqueIdIsOnCommandLine = IsOnCommandLine(nameof(SessionUniqueId));
        loginIsOnCommandLine = IsOnCommandLine(nameof(LoginDatetime));
        if (IsOnCommandLine(nameof(TimeoutSec)) && !Wait)
        {
            WriteWarning("-TimeoutSec says how long -Wait waits, and -Wait is not given, so it has no effect.");
        }

        if (loginIsOnCommandLine && LoginDatetime is { Kind: DateTimeKind.Unspecified })
        {
            WriteWarning(
                "-LoginDatetime does not say which time zone it is in, so it is not compared. "
                + "Give it in UTC, such as 2026-11-22T08:17:17Z, or as a DateTime of kind Local or Utc.");
        }
    }

    private protected override NavSessionException? Refusal(PipedObject piped)
    {
        string? missing = null;
        if (piped.IsText)
        {
            missing = "text is taken as the name of a server instance, and -ServerInstance is given as well";
        }
        else if (!piped.NamesServerInstance)
        {
            missing = !piped.IsRow || !piped.HasSessionId
                ? "it has no property ServerInstance or ServerInstanceName, and is no row of a list of sessions"
                : ServerInstanceIsOnCommandLine
                    ? null
                    : "it has no property ServerInstance or ServerInstanceName, and -ServerInstance is not given";
        }
        else if (!piped.HasSessionId && !sessionIdIsOnCommandLine)
        {
            missing = "it has no property SessionID, and -SessionId is not given";
        }

        return missing is null
            ? null
            : new NavSessionException(
                $"{piped.Description} was piped in, which is no session: {missing}.",
                "NotASession",
                nameof(ErrorCategory.InvalidType),
                "Pipe in what Get-NAVServerSession writes, objects with the properties ServerInstance and SessionID, "
                + "or use -ServerInstance and -SessionId.");
    }

    private protected override void Process(string serverInstance, PipedObject? piped)
    {
        foreach (var id in SessionId!)
        {
            // With -SessionId given, a row may come along that is about another session.
            var row = piped?.SessionId == id ? piped : null;
            if (Connect(serverInstance, piped is null ? serverInstance : InputObject!) is { } connection)
            {
                Begin(connection, id, row);
            }
        }

        Report(wait: false);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Report(wait: true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        removals?.Dispose();
        base.Dispose(disposing);
    }

    private void Begin(Connection connection, int id, PipedObject? row)
    {
        var server = connection.Client!.Name;
        if (row is { IsOwnSession: true })
        {
            WriteWarning($"Session {id} on {server} is the session of this command itself, and is left alone.");
            return;
        }

        object target = row is null ? id : InputObject!;
        if (!IsApproved(id, row, server, target))
        {
            return;
        }

        try
        {
            removals ??= new NavRemovals(ThrottleLimit, Cancellation);
            pending.Add(++lastTag, new Pending(connection, target, row is not null));
            removals.Add(connection.Client, id, UniqueIdOf(row), LoginOf(row), lastTag);
        }
        catch (NavSessionException exception)
        {
            pending.Remove(lastTag);
            WriteError(exception, connection, target);
        }

        WriteLog();
    }

    /// <summary>Writes what became of those that have ended; with <paramref name="wait"/>, of all.</summary>
    private void Report(bool wait)
    {
        while (removals?.Next(wait) is { } removed)
        {
            WriteLog();
            var removal = pending[removed.Tag];
            pending.Remove(removed.Tag);
            Report(removed, removal);
        }

        WriteLog();
    }

    private void Report(Removed removed, Pending removal)
    {
        switch (removed.Outcome)
        {
            case null:
                WriteError(removed.Reason!, removal.Connection, removal.Target);
                break;
            case RemovalOutcome.Removed:
                break;
            case RemovalOutcome.OwnSession:
                WriteWarning(removed.Reason!.Message);
                break;
            case RemovalOutcome.NotFound when removal.IsRow && !sessionIdIsOnCommandLine:
                // It ended since it was listed: what was wanted holds.
                Tell(removed.Reason!.Message);
                break;
            default:
                WriteError(removed.Reason!, removal.Target);
                break;
        }
    }

    private Guid? UniqueIdOf(PipedObject? row) => row is not null || uniqueIdIsOnCommandLine ? SessionUniqueId : null;

    private DateTime? LoginOf(PipedObject? row) =>
        // Without a zone it could mean two times.
        (row is not null || loginIsOnCommandLine) && LoginDatetime is { Kind: not DateTimeKind.Unspecified } ? LoginDatetime : null;

    private bool IsApproved(int id, PipedObject? row, string server, object target)
    {
        var asks = !Force || IsOnCommandLine("Confirm") || IsWhatIf;
        if (!asks && Log is null)
        {
            // Nobody sees what it would be called.
            return true;
        }

        var description = new RemovalDescription(id, row, server, Tenant).ToString();
        if (!asks)
        {
            Tell(description);
            return true;
        }

        try
        {
            return ShouldProcess(description, description, "Confirm");
        }
        catch (Exception exception) when (exception is HostException
            or PSInvalidOperationException or NotImplementedException)
        {
            var cannotAsk = new NavSessionException(
                $"{description}: this needs a confirmation, and nobody can be asked here.",
                "ConfirmationNotPossible",
                nameof(ErrorCategory.InvalidOperation),
                "Add -Force to remove sessions without being asked.",
                inner: exception);
            ThrowTerminatingError(cannotAsk.ToErrorRecord(target));
            throw;
        }
    }

    private bool IsWhatIf =>
        IsOnCommandLine("WhatIf")
            ? IsSwitchedOn("WhatIf")
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>What is needed to report a removal that is in flight.</summary>
    private sealed class Pending
    {
        internal Pending(Connection connection, object target, bool isRow)
        {
            Connection = connection;
            Target = target;
            IsRow = isRow;
        }

        internal Connection Connection { get; }

        internal object Target { get; }

        internal bool IsRow { get; }
    }
}
