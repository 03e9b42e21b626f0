using System;
using System.Collections.Generic;
using System.Text;

namespace NavServerSession.Commands;

/// <summary>A removal in words, as far as the row tells: what -WhatIf, the prompt and -Verbose show.</summary>
internal sealed class RemovalDescription
{
    private readonly int id;
    private readonly PipedObject? row;
    private readonly string serverInstance;
    private readonly TenantId? tenant;

    internal RemovalDescription(int id, PipedObject? row, string serverInstance, TenantId? tenant)
    {
        this.id = id;
        this.row = row;
        this.serverInstance = serverInstance;
        this.tenant = tenant;
    }

    public override string ToString()
    {
        var text = new StringBuilder($"Remove session {id}");
        var details = row is null ? string.Empty : string.Join(", ", Details(row, DateTime.UtcNow));
        if (details.Length > 0)
        {
            text.Append(" (").Append(details).Append(')');
        }

        text.Append(" from ").Append(serverInstance);
        if (tenant is not null)
        {
            text.Append(", tenant ").Append(tenant);
        }

        return text.ToString();
    }

    /// <summary>How long ago, in the two greatest units; null for a time to come.</summary>
    internal static string? Age(TimeSpan age)
    {
        if (age < TimeSpan.Zero)
        {
            return null;
        }

        if (age < TimeSpan.FromMinutes(1))
        {
            return "less than 1 min";
        }

        if (age < TimeSpan.FromHours(1))
        {
            return $"{age.Minutes} min";
        }

        return age < TimeSpan.FromDays(1)
            ? $"{age.Hours} h {age.Minutes} min"
            : $"{(int)age.TotalDays} d {age.Hours} h";
    }

    private static IEnumerable<string> Details(PipedObject row, DateTime now)
    {
        if (row.Text("UserID", "User ID") is { } user)
        {
            yield return user;
        }

        var type = row.Text("ClientType", "Client Type");
        var computer = row.Text("ClientComputerName", "Client Computer Name");
        if (type is not null || computer is not null)
        {
            yield return computer is null ? type! : type is null ? $"on {computer}" : $"{type} on {computer}";
        }

        if (Login(row) is { } login && Age(now - login.ToUniversalTime()) is { } age)
        {
            yield return $"signed in {age} ago";
        }
    }

    private static DateTime? Login(PipedObject row)
    {
        var time = row.Value("LoginDatetime") switch
        {
            DateTime value => value,
            string text when LoginDatetimeArgumentAttribute.TryParse(text, out var parsed) => parsed,
            _ => default,
        };
        // Without a zone it could be hours off.
        return time.Kind == DateTimeKind.Unspecified ? null : time;
    }
}
