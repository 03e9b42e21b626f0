using System;
using System.Collections.Generic;
using System.Text;

namespace NavServerSession.Commands;

/// <summary>A removal in words, as far as it is known whose session it is: what -WhatIf, the prompt and -Verbose show.</summary>
internal static class RemovalDescription
{
    /// <param name="removal">The removal.</param>
    /// <param name="isMissing">A list was read, and the session is not in it.</param>
    internal static string Of(Removal removal, bool isMissing)
    {
        var text = new StringBuilder($"Remove session {removal.SessionId}");
        var details = isMissing ? "not in the list of sessions"
            : removal.Known is null ? string.Empty
            : string.Join(", ", Details(removal.Known, DateTime.UtcNow));
        if (details.Length > 0)
        {
            text.Append(" (").Append(details).Append(')');
        }

        text.Append(" from ").Append(removal.Client.Name);
        if (removal.Tenant is not null)
        {
            text.Append(", tenant ").Append(removal.Tenant);
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
        if (row.UserId is { } user)
        {
            yield return user;
        }

        var type = row.ClientType;
        var computer = row.ClientComputerName;
        if (type is not null || computer is not null)
        {
            yield return computer is null ? type! : type is null ? $"on {computer}" : $"{type} on {computer}";
        }

        // Without a zone it could be hours off.
        if (row.Login is { } login && Age(now - login.ToUniversalTime()) is { } age)
        {
            yield return $"signed in {age} ago";
        }
    }
}
