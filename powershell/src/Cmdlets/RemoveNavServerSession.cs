using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Threading;
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
[OutputType(typeof(RemovedSession))]
public sealed class RemoveNavServerSession : SessionCommand
{
    private const string CommandName = "Remove-NAVServerSession";

    /// <summary>How long one wait is, so that what happens meanwhile is shown.</summary>
    private const uint WaitMilliseconds = 100;

    /// <summary>How long requests that went out may still be answered once the command is told to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(400);

    /// <summary>Nobody answers faster: it was not asked, because of Yes to All or No to All before.</summary>
    private static readonly TimeSpan ShortestAnswer = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<ISessionClient, SessionList> lists = new();
    private RemovalsInFlight? removals;
    private RemovalProgress? progress;
    private RemovalSummary? lastOnes;
    private PSHostUserInterface? ui;
    private Timer? stopTimer;
    private volatile bool isStopped;
    private ulong removedCount;
    private bool sessionIdIsOnCommandLine;
    private bool uniqueIdIsOnCommandLine;
    private bool loginIsOnCommandLine;
    private bool asksEngine;
    private bool asksPerson;
    private bool isAnsweredForAll;
    private bool endsAtErrors;

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

    /// <summary>Writes an object for each session that is gone.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

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
        var isWhatIf = IsOnCommandLine("WhatIf")
            ? IsSwitchedOn("WhatIf")
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));
        asksEngine = !Force || IsOnCommandLine("Confirm") || isWhatIf;
        asksPerson = !isWhatIf && (IsOnCommandLine("Confirm") ? IsSwitchedOn("Confirm") : !Force && !IsNone("ConfirmPreference"));
        endsAtErrors = ActionOf("ErrorAction", "ErrorActionPreference") is ActionPreference.Stop;
        progress = new RemovalProgress(Wait);
        ui = Host?.UI;
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

        if (missing is null && SessionId is null && piped.SessionId is null)
        {
            missing = $"its property Session ID is no whole number from {int.MinValue} to {int.MaxValue}";
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
        foreach (var id in SessionId ?? new[] { piped!.SessionId!.Value })
        {
            EndIfStopping();
            if (Connect(serverInstance, piped is null ? serverInstance : InputObject!) is { } connection)
            {
                // With -SessionId given, a row may come along that is about another session.
                Begin(connection, id, piped?.SessionId == id ? piped : null, serverInstance);
            }
        }

        ReportEnded();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        while (removals is { Count: > 0 })
        {
            if (removals.Next(WaitMilliseconds) is { } removal)
            {
                WriteLog();
                Report(removal);
            }

            WriteLog();
            ShowProgress(isAll: true);
            EndIfStopping();
        }

        CompleteProgress();
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        isStopped = true;
        if (removals is { Count: > 0 })
        {
            // Most requests that went out are answered by then, so that it can be said what was removed.
            stopTimer = new Timer(_ => base.StopProcessing(), null, Grace, Timeout.InfiniteTimeSpan);
        }
        else
        {
            base.StopProcessing();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        TellOfEarlyEnd();
        stopTimer?.Dispose();
        removals?.Dispose();
        base.Dispose(disposing);
    }

    private protected override void WriteError(NavSessionException exception, object? target)
    {
        if (endsAtErrors)
        {
            EndWithError();
        }

        base.WriteError(exception, target);
    }

    private void Begin(Connection connection, int id, PipedObject? row, string serverInstance)
    {
        var removal = new Removal(connection, serverInstance, id)
        {
            Tenant = Tenant,
            UniqueId = row is not null || uniqueIdIsOnCommandLine ? SessionUniqueId : null,
            Login = PipedObject.WithZone(row is not null || loginIsOnCommandLine ? LoginDatetime ?? row?.LoginDatetime : null),
            Target = row is null ? id : InputObject!,
            Known = row,
            IsRow = row is not null && !sessionIdIsOnCommandLine,
        };
        var isMissing = asksPerson && row is not { TellsWhose: true } && !LookUp(removal);
        if (removal.Known is { IsOwnSession: true })
        {
            WriteWarning($"Session {id} on {removal.Client.Name} is the session of this command itself, and is left alone.");
            return;
        }

        if (!IsApproved(removal, isMissing))
        {
            return;
        }

        progress!.Run(removal.ServerInstance);
        try
        {
            removals ??= new RemovalsInFlight(ThrottleLimit, Cancellation);
            WaitForRoom(removals);
            removals.Add(removal);
        }
        catch (NavSessionException exception)
        {
            WriteError(exception, connection, removal.Target);
        }

        WriteLog();
    }

    /// <summary>Finds out whose session it is; false where a list was read and the session is not in it.</summary>
    private bool LookUp(Removal removal)
    {
        var id = removal.SessionId;
        if (!lists.TryGetValue(removal.Client, out var list) || !list.Tells(id))
        {
            // After those of a first record there are likely to be many more.
            var only = list is null ? SessionId ?? new[] { id } : null;
            progress!.Run(removal.ServerInstance);
            list = SessionList.Read(removal.Client, only, () =>
            {
                if (progress.IsDue)
                {
                    WriteProgress(progress.LookUp(id));
                }

                EndIfStopping();
            });
            lists[removal.Client] = list;
            WriteLog();
            if (list.Failure is { } failure)
            {
                Tell($"Whose session it is cannot be said in the question: {failure.Message}");
            }
        }

        if (list.Find(id) is { } session)
        {
            // What the person sees is what is compared, unless the command says what it has to be.
            removal.Known = new PipedObject(session);
            removal.UniqueId ??= session.SessionUniqueID;
            removal.Login ??= session.LoginDatetime;
            return true;
        }

        return list.Failure is not null;
    }

    private bool IsApproved(Removal removal, bool isMissing)
    {
        if (!asksEngine && Log is null)
        {
            // Nobody sees what it would be called.
            return true;
        }

        var description = RemovalDescription.Of(removal, isMissing);
        if (!asksEngine)
        {
            Tell(description);
            return true;
        }

        if (asksPerson && !isAnsweredForAll)
        {
            // Nothing moves behind a question.
            CompleteProgress();
        }

        progress!.Pause();
        try
        {
            var clock = Stopwatch.StartNew();
            var isApproved = ShouldProcess(description, description, "Confirm");
            isAnsweredForAll |= clock.Elapsed < ShortestAnswer;
            return isApproved;
        }
        // Of a job, the host is the process that started it.
        catch (Exception exception) when (exception is HostException or RemoteException
            or PSInvalidOperationException or NotImplementedException)
        {
            var cannotAsk = new NavSessionException(
                $"{description}: this needs a confirmation, and nobody can be asked here.",
                "ConfirmationNotPossible",
                nameof(ErrorCategory.InvalidOperation),
                "Add -Force to remove sessions without being asked.",
                inner: exception);
            ThrowTerminatingError(cannotAsk.ToErrorRecord(removal.Target));
            throw;
        }
    }

    private void WaitForRoom(RemovalsInFlight inFlight)
    {
        bool hasRoom;
        do
        {
            hasRoom = inFlight.HasRoom(WaitMilliseconds);
            // Where one made room that failed, its error may end the command, and nothing more is sent.
            ReportEnded();
            EndIfStopping();
        }
        while (!hasRoom);
    }

    /// <summary>Reports those that have ended by now.</summary>
    private void ReportEnded()
    {
        while (removals?.Next(milliseconds: 0) is { } removal)
        {
            WriteLog();
            Report(removal);
        }

        WriteLog();
        ShowProgress(isAll: false);
    }

    private void Report(Removal removal)
    {
        var isTold = false;
        try
        {
            Write(removal);
            isTold = true;
        }
        finally
        {
            if (removal.Outcome is RemovalOutcome.Removed)
            {
                removedCount++;
            }
            else if (isStopped && !isTold)
            {
                (lastOnes ??= new RemovalSummary()).Add(removal);
            }
        }
    }

    private void Write(Removal removal)
    {
        if (removal.IsGone)
        {
            if (removal.Reason is { } hadEnded)
            {
                // What was wanted holds.
                Tell(hadEnded.Message);
            }

            if (PassThru)
            {
                WriteObject(removal.ToRemovedSession());
            }
        }
        else if (removal.Outcome is RemovalOutcome.OwnSession)
        {
            WriteWarning(removal.Reason!.Message);
        }
        else if (removal.Outcome is null)
        {
            WriteError(removal.Reason!, removal.Connection, removal.Target!);
        }
        else
        {
            WriteError(removal.Reason!, removal.Target);
        }
    }

    /// <summary>
    /// Waits for what is in flight, because the error that comes now ends the command, and says what became of it: for each
    /// there was no error yet, and there can be none any more.
    /// </summary>
    private void EndWithError()
    {
        if (removals is { Count: > 0 })
        {
            lastOnes = new RemovalSummary();
            while (removals.Count > 0)
            {
                if (removals.Next(WaitMilliseconds) is { } removal)
                {
                    WriteLog();
                    lastOnes.Add(removal);
                    if (removal.IsGone && PassThru)
                    {
                        WriteObject(removal.ToRemovedSession());
                    }
                }

                ShowProgress(isAll: true);
                EndIfStopping();
            }

            WriteWarning($"An error ends {CommandName} while removals are in flight. They came to this end: {lastOnes}");
            lastOnes = null;
        }

        CompleteProgress();
    }

    /// <summary>
    /// Says what became of the removals when the command did not come to its end: it was stopped, or an error or another command
    /// ended the pipeline. The streams are closed by then, so that only the host is left to be told.
    /// </summary>
    private void TellOfEarlyEnd()
    {
        if (removals is null || (removals.Count == 0 && lastOnes is null && !(isStopped && removedCount > 0)))
        {
            return;
        }

        removals.LeavePipeline();
        lastOnes ??= new RemovalSummary();
        var clock = Stopwatch.StartNew();
        while (removals.Count > 0)
        {
            if (clock.Elapsed > Grace)
            {
                Cancellation.Request();
            }

            if (removals.Next(WaitMilliseconds) is { } removal)
            {
                lastOnes.Add(removal);
            }
        }

        var before = removedCount switch
        {
            0 => "No session was removed before.",
            1 => "1 session was removed before.",
            _ => $"{removedCount} sessions were removed before.",
        };
        var text = $"{CommandName} {(isStopped ? "was stopped" : "ended early")}. {before}";
        try
        {
            ui?.WriteWarningLine($"{text} {lastOnes}".TrimEnd());
        }
        catch (Exception)
        {
            // A host that shows nothing must not make an end that is early one that fails.
        }
    }

    private void ShowProgress(bool isAll)
    {
        if (removals is { Begun: > 0 } && progress!.IsDue)
        {
            WriteProgress(progress.Removals(removals, isAll));
        }
    }

    private void CompleteProgress()
    {
        if (progress!.Complete() is { } record)
        {
            WriteProgress(record);
        }
    }

    private bool IsNone(string preference) =>
        LanguagePrimitives.TryConvertTo(GetVariableValue(preference), out ConfirmImpact impact) && impact == ConfirmImpact.None;
}
