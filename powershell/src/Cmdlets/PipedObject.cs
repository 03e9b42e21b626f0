using System;
using System.Collections.Generic;
using System.Data;
using System.Linq;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>An object that came through the pipeline, judged by what it is and has.</summary>
internal sealed class PipedObject
{
    private const string PropertyBag = "System.Management.Automation.PSCustomObject";

    /// <summary>What PowerShell puts before the type's name of an object from another process.</summary>
    private const string Deserialized = "Deserialized.";

    /// <summary>What it puts before the type's name of an object that some properties were taken from.</summary>
    private static readonly string[] PartPrefixes = { "CSV:", "Selected." };

    private static readonly HashSet<string> RowTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        typeof(Session).FullName!,
        typeof(DataRow).FullName!,
        PropertyBag,
    };

    private readonly PSObject? value;

    /// <summary>A row of this module's own, whose properties need not be looked for.</summary>
    private readonly Session? session;

    internal PipedObject(PSObject? value)
    {
        this.value = value;
        session = value?.BaseObject as Session;
    }

    /// <summary>A row that was read and did not come through the pipeline.</summary>
    internal PipedObject(Session session) => this.session = session;

    internal bool IsText => value?.BaseObject is string;

    internal bool NamesServerInstance =>
        !string.IsNullOrEmpty(session?.ServerInstance)
        || Text("ServerInstance") is not null
        || Text("ServerInstanceName", "Server Instance Name") is not null;

    /// <summary>The server instance by the name that NAV 2013 gave the property, which binds to no parameter.</summary>
    internal string? SpacedServerInstanceName => Text("Server Instance Name");

    internal bool HasSessionId =>
        session is not null || value?.Properties["SessionID"] is not null || value?.Properties["Session ID"] is not null;

    /// <summary>
    /// Whether it is a row as a list of sessions has them. Having a SessionId is not enough: so has every process.
    /// Nor is being a property bag, which may be a copy of such a process.
    /// </summary>
    internal bool IsRow
    {
        get
        {
            if (value is null)
            {
                return false;
            }

            return value.BaseObject switch
            {
                Session or DataRow or DataRowView => true,
                PSCustomObject => IsRowOrCopyOfOne(value.TypeNames),
                _ => false,
            };
        }
    }

    internal bool IsOwnSession => session is not null
        ? session.OwnSession
        : Value("OwnSession") switch
        {
            bool own => own,
            string text => bool.TryParse(text, out var own) && own,
            _ => false,
        };

    internal int? SessionId => session is not null
        ? session.SessionID
        : (Value("SessionID") ?? Value("Session ID")) is { } id && SessionIdArgumentAttribute.TryConvert(id, out var converted) ? converted : null;

    internal string? UserId => session is not null ? session.UserID : Text("UserID", "User ID");

    internal string? ClientType => session is not null ? session.ClientType : Text("ClientType", "Client Type");

    internal string? ClientComputerName =>
        session is not null ? session.ClientComputerName : Text("ClientComputerName", "Client Computer Name");

    /// <summary>When the session began, of the kind the row says.</summary>
    internal DateTime? LoginDatetime => session is not null
        ? session.LoginDatetime
        : (Value("LoginDatetime") ?? Value("Login Datetime")) switch
        {
            DateTime time => time,
            string text when LoginDatetimeArgumentAttribute.TryParse(text, out var time) => time,
            _ => null,
        };

    /// <summary>When the session began, where that stands in it as a time and not as a text.</summary>
    internal DateTime? StatedLogin =>
        session is not null ? session.LoginDatetime : (Value("LoginDatetime") ?? Value("Login Datetime")) as DateTime?;

    /// <summary>When the session began, if it says its zone.</summary>
    internal DateTime? Login => WithZone(LoginDatetime);

    /// <summary>Whether it tells whose session it is.</summary>
    internal bool TellsWhose => UserId is not null || ClientComputerName is not null;

    internal Guid? SessionUniqueId => session is not null
        ? session.SessionUniqueID
        : Guid.TryParse(Text("SessionUniqueID"), out var uniqueId) ? uniqueId : null;

    /// <summary>The object in a few words, as the subject of a sentence.</summary>
    internal string Description
    {
        get
        {
            if (value is null)
            {
                return "$null";
            }

            var type = value.TypeNames.FirstOrDefault() ?? value.BaseObject.GetType().FullName;
            var text = value.BaseObject is PSCustomObject ? string.Empty : value.ToString();
            const int longest = 60;
            return text.Length switch
            {
                0 => $"An object of type {type}",
                > longest => $"'{text.Substring(0, longest)}…' ({type})",
                _ => $"'{text}' ({type})",
            };
        }
    }

    /// <summary>The time, if it says its zone. Without one it could mean two times.</summary>
    internal static DateTime? WithZone(DateTime? time) => time is { Kind: DateTimeKind.Unspecified } ? null : time;

    /// <summary>The text of the first of these properties that has one.</summary>
    internal string? Text(string name, string? otherName = null)
    {
        var text = Value(name)?.ToString();
        if (string.IsNullOrEmpty(text) && otherName is not null)
        {
            text = Value(otherName)?.ToString();
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    internal object? Value(string name)
    {
        try
        {
            return RowValue.Of(value?.Properties[name]?.Value);
        }
        catch (ExtendedTypeSystemException)
        {
            // A property that cannot be read is as good as none.
            return null;
        }
    }

    private static bool IsRowOrCopyOfOne(IEnumerable<string> typeNames)
    {
        var names = typeNames.Select(name => Without(name, Deserialized)).ToList();
        var origin = names.FirstOrDefault() ?? PropertyBag;
        // A property bag may have any type name of its own. Without such a prefix it is no part of something else.
        var isWhole = names.Contains(PropertyBag, StringComparer.OrdinalIgnoreCase);
        foreach (var prefix in PartPrefixes)
        {
            var whole = Without(origin, prefix);
            isWhole &= whole == origin;
            origin = whole;
        }

        return isWhole || RowTypes.Contains(origin);
    }

    private static string Without(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? name.Substring(prefix.Length) : name;
}
