using System;
using System.Collections.Generic;
using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What the commands share that speak with a server: tenant, sign-in, and the clients they keep.</summary>
public abstract class SessionCommand : ServerInstanceCommand
{
    private readonly Dictionary<(string ServerInstance, TenantId? Tenant), Connection> connections = new();
    private NavLog? log;

    /// <summary>The tenant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [TenantArgument]
    public TenantId? Tenant { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Who signs in.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Lets a password go over a connection that anybody on the way can read.</summary>
    [Parameter]
    public SwitchParameter AllowUnencryptedAuthentication { get; set; }

    private protected virtual string? SessionComment => null;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (IsWanted("Verbose", "VerbosePreference") || IsWanted("Debug", "DebugPreference"))
        {
            log = new NavLog();
            WriteDebug($"nav_session {NavVersion.Read()} from {NativeLibraryLoader.Path}");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var connection in connections.Values)
        {
            connection.Client?.Dispose();
        }

        connections.Clear();
        // After the clients, which log to it.
        log?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The client for a server instance and tenant, kept for the rest of the pipeline; null after an error about the item.</summary>
    private protected Connection? Connect(string serverInstance, object target)
    {
        var key = (serverInstance.ToUpperInvariant(), Tenant);
        if (!connections.TryGetValue(key, out var connection))
        {
            connection = Open(serverInstance);
            connections.Add(key, connection);
            WriteLog();
        }

        if (connection.Failure is null)
        {
            return connection;
        }

        WriteError(connection.Failure, target);
        return null;
    }

    /// <summary>Writes what was logged since the last time.</summary>
    private protected void WriteLog()
    {
        while (log is not null && log.TryTake(out var line))
        {
            if (line.IsDebug)
            {
                WriteDebug(line.Text);
            }
            else
            {
                Tell(line.Text);
            }
        }
    }

    /// <summary>Writes an error about one item that the server was asked about.</summary>
    private protected void WriteError(NavSessionException exception, Connection connection, object target)
    {
        if (NavStatus.IsSlowToReach(exception.Status))
        {
            // Each further item would wait as long to say the same.
            connection.Failure = exception;
        }

        WriteError(exception, target);
    }

    private Connection Open(string serverInstance)
    {
        try
        {
            var fullName = ServerInstanceNames.Of(serverInstance).Full;
            var client = new NavClient(
                serverInstance, Tenant?.ToString(), Credential, SessionComment, AllowUnencryptedAuthentication, log);
            return new Connection(client, fullName);
        }
        catch (NavSessionException exception)
        {
            return new Connection(exception);
        }
    }

    private bool IsWanted(string parameter, string preference) =>
        IsOnCommandLine(parameter)
            ? IsSwitchedOn(parameter)
            : !LanguagePrimitives.TryConvertTo(GetVariableValue(preference), out ActionPreference action)
                || action is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    /// <summary>A client that was opened, or why it could not be.</summary>
    private protected sealed class Connection
    {
        internal Connection(NavClient client, string fullName)
        {
            Client = client;
            FullName = fullName;
        }

        internal Connection(NavSessionException failure)
        {
            Failure = failure;
            FullName = string.Empty;
        }

        internal NavClient? Client { get; }

        internal NavSessionException? Failure { get; set; }

        /// <summary>The full name of the server instance.</summary>
        internal string FullName { get; }
    }
}
