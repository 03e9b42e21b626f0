using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Commands;
using NavServerSession.Native;

namespace NavServerSession.Management;

/// <summary>A server instance that no endpoint is known for, reached by Microsoft's module on the pipeline's thread.</summary>
internal sealed class ManagementClient : ISessionClient
{
    /// <summary>How old a list may be that a session is compared with before it is removed.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private readonly ManagementModule module;
    private readonly ClientOptions options;
    private readonly ServerInstanceNames names;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private List<Session>? sessions;
    private TimeSpan listedAt;

    internal ManagementClient(ManagementModule module, ClientOptions options)
    {
        this.module = module;
        this.options = options;
        names = ServerInstanceNames.Of(options.ServerInstance);
        RefuseSignIn();
        WarnOfNoEffect();
        module.Tell($"No endpoint is known for {Name}, so Microsoft's module {module.Name} is used.");
    }

    public string Name => names.Full;

    public bool IsBoundToPipeline => true;

    /// <summary>How long a removal waits until the session is gone; null does not wait.</summary>
    internal TimeSpan? Wait => options.Wait;

    /// <summary>The time since the client was opened.</summary>
    internal TimeSpan Now => clock.Elapsed;

    public ISessionReader Sessions(SessionFilter filter, NavCancel cancel)
    {
        if (filter.ExcludeOwnSession)
        {
            module.Warn($"{module.Name} does not say which session is its own, so -ExcludeOwnSession has no effect on {Name}.");
        }

        return new ManagementSessions(List(), filter);
    }

    /// <summary>Asks for the end of a session, if the list still has it as the one that is meant.</summary>
    /// <param name="removal">The removal.</param>
    /// <param name="session">The session that was asked to end; null where none was.</param>
    /// <param name="reason">Why it was not removed; null when it was.</param>
    internal RemovalOutcome Remove(Removal removal, out Session? session, out NavSessionException? reason)
    {
        var id = removal.SessionId;
        session = null;
        var listed = Find(id, notBefore: Now - Freshness);
        if (listed is null || !IsMeant(listed, removal))
        {
            reason = listed is null ? NotFound(id) : Changed(id);
            return listed is null ? RemovalOutcome.NotFound : RemovalOutcome.Changed;
        }

        session = listed;
        reason = null;
        var arguments = Common();
        arguments["SessionId"] = id;
        arguments["Force"] = true;
        // Whoever had to be asked has been, and a preference must neither ask again nor hold it back.
        arguments["Confirm"] = false;
        arguments["WhatIf"] = false;
        try
        {
            Remove(listed, arguments);
            return RemovalOutcome.Removed;
        }
        catch (PipelineStoppedException)
        {
            reason = Unknown(id, $"the command was stopped before {module.Name} had answered.");
            return RemovalOutcome.Unknown;
        }
    }

    /// <summary>Says that a session is gone, or told to go.</summary>
    internal void TellRemoved(int id) => module.Tell($"Removed session {id} from {Place}.");

    /// <summary>Whether a session is still there.</summary>
    /// <param name="session">The session, as it was listed before.</param>
    /// <param name="since">A list from before that time, by <see cref="Now"/>, does not tell.</param>
    internal bool IsListed(Session session, TimeSpan since)
    {
        var fresh = Now - Freshness;
        return Find(session.SessionID, since > fresh ? since : fresh) is { } listed
            && listed.SessionUniqueID == session.SessionUniqueID
            && listed.LoginDatetime == session.LoginDatetime;
    }

    internal NavSessionException StillPresent(int id) =>
        new(
            $"Session {id} on {Place} was told to stop and is still listed.",
            "SessionStillPresent",
            nameof(ErrorCategory.OperationTimeout),
            "Wait longer or look again later: a session ends at its next statement that touches the server.");

    internal NavSessionException Unknown(int id, string cause) =>
        new(
            $"Whether session {id} on {Place} was removed is not known: {cause}",
            "RemovalUnknown",
            nameof(ErrorCategory.InvalidResult),
            "Look with Get-NAVServerSession whether the session is still there.");

    public void Dispose()
    {
    }

    private static bool IsMeant(Session session, Removal removal) =>
        // A time that was read out of a text that does not say its zone may be another one than was meant.
        LoginTime.IsSession(session, removal.UniqueId, removal.Login ?? removal.Known?.StatedLogin);

    private void Remove(Session session, Dictionary<string, object?> arguments)
    {
        try
        {
            module.Invoke(module.Remove, arguments);
        }
        catch (NavSessionException exception)
        {
            if (IsListed(session, since: Now))
            {
                throw;
            }

            // What was asked for has happened, whatever was said.
            module.Tell(exception.Message);
        }
    }

    private Session? Find(int id, TimeSpan notBefore)
    {
        var listed = sessions is not null && listedAt >= notBefore ? sessions : List();
        var found = listed.FindAll(session => session.SessionID == id);
        // An id is unique only on its server instance, and a list may have those of others on the same database.
        return found.Find(session => string.Equals(session.ServerInstanceName, names.Short, StringComparison.OrdinalIgnoreCase))
            ?? found.FirstOrDefault();
    }

    private List<Session> List()
    {
        sessions = null;
        // From before the call, as what it lists may be as old.
        var now = Now;
        var listed = module.Invoke(module.Get, Common())
            .Select(ManagementRow.Read)
            .ToList();
        listedAt = now;
        return sessions = listed;
    }

    private Dictionary<string, object?> Common()
    {
        var arguments = new Dictionary<string, object?> { ["ServerInstance"] = options.ServerInstance };
        if (options.Tenant is { } tenant)
        {
            arguments["Tenant"] = tenant;
        }

        foreach (var retry in Retries().Where(retry => retry.Value is not null))
        {
            arguments[retry.Key] = retry.Value;
        }

        return arguments;
    }

    private Dictionary<string, object?> Retries() => new()
    {
        // By its name: the type is the other module's own.
        ["RetryMode"] = options.RetryMode?.ToString(),
        ["MaxRetries"] = options.MaxRetries,
        ["NetworkTimeout"] = options.NetworkTimeout,
        ["DelayBetweenRetries"] = options.RetryDelay,
    };

    /// <summary>Nobody is to think that they signed in as somebody else than the one who runs this PowerShell.</summary>
    private void RefuseSignIn()
    {
        var given = options.Credential is not null ? "-Credential" : options.AccessToken is not null ? "-AccessToken" : null;
        if (given is not null)
        {
            throw new NavSessionException(
                $"No endpoint is known for {Name}, and Microsoft's module {module.Name}, which could be used, takes no {given}.",
                "CredentialNotAccepted",
                nameof(ErrorCategory.AuthenticationError),
                $"Leave {given} out to use that module as the user who runs this PowerShell, or register where the instance is "
                + $"reached: Register-NAVServerEndpoint -ServerInstance '{options.ServerInstance}' -Uri http://HOST:7047/NAME -Company NAME");
        }
    }

    private void WarnOfNoEffect()
    {
        var names = Retries().Where(retry => retry.Value is not null && !ManagementModule.Has(module.Get, retry.Key))
            .Select(retry => retry.Key)
            .ToList();
        if (options.Comment is not null)
        {
            names.Add("Comment");
        }

        if (options.SkipCertificateCheck)
        {
            names.Add("SkipCertificateCheck");
        }

        foreach (var name in names)
        {
            module.Warn($"{module.Name} takes no -{name}, so it has no effect on {Name}.");
        }
    }

    private NavSessionException NotFound(int id) =>
        new(
            $"There is no session {id} on {Place}.",
            "SessionNotFound",
            nameof(ErrorCategory.ObjectNotFound),
            "Look at the sessions there are with Get-NAVServerSession; it may have ended already.");

    private NavSessionException Changed(int id) =>
        new(
            $"Session {id} on {Place} is another one by now: its unique id or login time is not the one given. It was not removed.",
            "SessionChanged",
            nameof(ErrorCategory.InvalidOperation),
            "Look at the sessions there are with Get-NAVServerSession and choose again. Nothing was removed.");

    private string Place => options.Tenant is null ? Name : $"{Name}, tenant {options.Tenant}";
}
