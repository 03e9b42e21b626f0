using System;
using System.Collections.Generic;
using System.Management.Automation;
using NavServerSession.Management;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What the commands share that work with sessions: the clients they keep for the rest of the pipeline.</summary>
public abstract class SessionCommand : SignInCommand
{
    private readonly Dictionary<(string ServerInstance, TenantId? Tenant), Connection> connections = new();
    private ManagementModule? management;

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How the pauses between retries grow.</summary>
    [Parameter]
    public RetryMode RetryMode { get; set; } = RetryMode.Exponential;

    /// <summary>How often a request that came to nothing is sent again.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaxRetries { get; set; } = 3;

    /// <summary>How long one request may take.</summary>
    [Parameter]
    [DurationArgument(Shortest = 1)]
    public TimeSpan NetworkTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>The pause before the first retry.</summary>
    [Parameter]
    [DurationArgument]
    public TimeSpan DelayBetweenRetries { get; set; } = TimeSpan.FromMilliseconds(800);

    private protected override ClientOptions OptionsFor(string serverInstance)
    {
        var options = base.OptionsFor(serverInstance);
        // The library's own defaults depend on what comes back; those above are what they come down to.
        options.RetryMode = IsOnCommandLine(nameof(RetryMode)) ? RetryMode : null;
        options.MaxRetries = IsOnCommandLine(nameof(MaxRetries)) ? MaxRetries : null;
        options.NetworkTimeout = IsOnCommandLine(nameof(NetworkTimeout)) ? NetworkTimeout : null;
        options.RetryDelay = IsOnCommandLine(nameof(DelayBetweenRetries)) ? DelayBetweenRetries : null;
        return options;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var connection in connections.Values)
        {
            connection.Client?.Dispose();
        }

        connections.Clear();
        // The log they write to is disposed of after them.
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
            var options = OptionsFor(serverInstance);
            try
            {
                return new Connection(new NavClient(options));
            }
            catch (NavSessionException exception) when (HasNoEndpoint(serverInstance, exception))
            {
                management ??= ManagementModule.Find(Tell, WriteWarning) ?? throw exception.Advising(
                    "On the server itself Microsoft's administration module will do as well: import it before this command.");
                management.IsVerbose = Log is not null;
                return new Connection(new ManagementClient(management, options));
            }
        }
        catch (NavSessionException exception)
        {
            return new Connection(exception);
        }
    }

    private static bool HasNoEndpoint(string serverInstance, NavSessionException failure) =>
        NavStatus.IsNoWayKnown(failure.Status) && !NavEndpoints.IsRegistered(serverInstance);

    /// <summary>A client that was opened, or why it could not be.</summary>
    internal sealed class Connection
    {
        internal Connection(ISessionClient client) => Client = client;

        internal Connection(NavSessionException failure) => Failure = failure;

        internal ISessionClient? Client { get; }

        internal NavSessionException? Failure { get; set; }
    }
}
