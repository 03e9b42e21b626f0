using System;
using System.Management.Automation;
using System.Management.Automation.Host;
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
    private bool sessionIdIsOnCommandLine;
    private bool uniqueIdIsOnCommandLine;
    private bool loginIsOnCommandLine;

    /// <summary>The ids of the sessions.</summary>
    [Parameter(ParameterSetName = ServerInstanceSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [SessionIdArgument]
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
                Remove(connection, id, row);
            }
        }
    }

    private void Remove(Connection connection, int id, PipedObject? row)
    {
        var server = connection.Client!.Name;
        var description = new RemovalDescription(id, row, server, Tenant).ToString();
        if (row is { IsOwnSession: true })
        {
            WriteWarning($"Session {id} on {server} is the session of this command itself, and is left alone.");
            return;
        }

        object target = row is null ? id : InputObject!;
        if (!IsApproved(description, target))
        {
            return;
        }

        try
        {
            var outcome = connection.Client.Remove(id, UniqueIdOf(row), LoginOf(row), Cancellation, out var reason);
            WriteLog();
            Report(outcome, reason, row, target);
        }
        catch (NavSessionException exception)
        {
            WriteLog();
            WriteError(exception, connection, target);
        }
    }

    private void Report(RemovalOutcome outcome, NavSessionException? reason, PipedObject? row, object target)
    {
        switch (outcome)
        {
            case RemovalOutcome.Removed:
                break;
            case RemovalOutcome.OwnSession:
                WriteWarning(reason!.Message);
                break;
            case RemovalOutcome.NotFound when row is not null && !sessionIdIsOnCommandLine:
                // It ended since it was listed: what was wanted holds.
                Tell(reason!.Message);
                break;
            default:
                WriteError(reason!, target);
                break;
        }
    }

    private Guid? UniqueIdOf(PipedObject? row) => row is not null || uniqueIdIsOnCommandLine ? SessionUniqueId : null;

    private DateTime? LoginOf(PipedObject? row) =>
        // Without a zone it could mean two times.
        (row is not null || loginIsOnCommandLine) && LoginDatetime is { Kind: not DateTimeKind.Unspecified } ? LoginDatetime : null;

    private bool IsApproved(string description, object target)
    {
        if (Force && !IsOnCommandLine("Confirm") && !IsWhatIf)
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
}
