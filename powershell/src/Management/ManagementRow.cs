using System;
using System.Globalization;
using System.Management.Automation;
using NavServerSession.Commands;

namespace NavServerSession.Management;

/// <summary>Rows as Microsoft's module writes them: data rows, or copies of them from another process.</summary>
internal static class ManagementRow
{
    internal static Session Read(PSObject row)
    {
        if (!SessionIdArgumentAttribute.TryConvert(Value(row, "SessionID", "Session ID"), out var id))
        {
            throw new NavSessionException(
                $"Microsoft's module listed an object of type {row.BaseObject.GetType()}, which has no session id.",
                "UnexpectedAnswer",
                nameof(ErrorCategory.InvalidData),
                "Register-NAVServerEndpoint tells how the server instance is reached without Microsoft's module.");
        }

        var login = Converted<DateTime>(row, "LoginDatetime", "Login Datetime");
        return new Session
        {
            SessionID = id,
            ServerInstanceID = Converted<int>(row, "ServerInstanceID", "Server Instance ID").GetValueOrDefault(),
            UserSID = Text(row, "UserSID", "User SID"),
            ServerInstanceName = Text(row, "ServerInstanceName", "Server Instance Name"),
            ServerComputerName = Text(row, "ServerComputerName", "Server Computer Name"),
            UserID = Text(row, "UserID", "User ID"),
            ClientType = Text(row, "ClientType", "Client Type"),
            ClientComputerName = Text(row, "ClientComputerName", "Client Computer Name"),
            LoginDatetime = login,
            Age = login is { } time ? LoginTime.Age(time, DateTime.UtcNow) : null,
            DatabaseName = Text(row, "DatabaseName", "Database Name"),
            SessionUniqueID = Guid.TryParse(Text(row, "SessionUniqueID", "Session Unique ID"), out var unique) && unique != Guid.Empty
                ? unique
                : null,
            EntryPointOperation = Text(row, "Entry Point Operation"),
            EntryPointObjectName = Text(row, "Entry Point Object Name"),
            EntryPointObjectID = Text(row, "Entry Point Object ID"),
            EntryPointObjectType = Text(row, "Entry Point Object Type"),
            CurrentObjectName = Text(row, "Current Object Name"),
            CurrentObjectID = Converted<long>(row, "Current Object ID"),
            CurrentObjectType = Text(row, "Current Object Type"),
            CurrentOperationDuration = Converted<long>(row, "Current Operation Duration"),
        };
    }

    /// <summary>The first of these columns that has a value; NAV 2013 has the names with spaces.</summary>
    private static object? Value(PSObject row, string name, string? otherName = null) =>
        RowValue.Of(row.Properties[name]?.Value)
        ?? (otherName is null ? null : RowValue.Of(row.Properties[otherName]?.Value));

    private static string? Text(PSObject row, string name, string? otherName = null) => Value(row, name, otherName)?.ToString();

    private static T? Converted<T>(PSObject row, string name, string? otherName = null)
        where T : struct =>
        Value(row, name, otherName) is { } value
            && LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out T converted)
            ? converted
            : null;
}
