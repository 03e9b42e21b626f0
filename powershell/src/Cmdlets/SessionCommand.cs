using System;
using System.Collections.Generic;
using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What the commands share that work with sessions: the clients they keep for the rest of the pipeline.</summary>
public abstract class SessionCommand : SignInCommand
{
    private readonly Dictionary<(string ServerInstance, TenantId? Tenant), Connection> connections = new();

    /// <summary>Does not ask.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

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
            return new Connection(new NavClient(OptionsFor(serverInstance)));
        }
        catch (NavSessionException exception)
        {
            return new Connection(exception);
        }
    }

    /// <summary>A client that was opened, or why it could not be.</summary>
    internal sealed class Connection
    {
        internal Connection(NavClient client) => Client = client;

        internal Connection(NavSessionException failure) => Failure = failure;

        internal NavClient? Client { get; }

        internal NavSessionException? Failure { get; set; }
    }
}
