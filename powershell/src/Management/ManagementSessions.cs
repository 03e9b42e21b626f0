using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Management;

/// <summary>Those of the sessions that Microsoft's module listed which a filter admits.</summary>
internal sealed class ManagementSessions : ISessionReader
{
    private readonly IEnumerator<Session> admitted;

    internal ManagementSessions(IEnumerable<Session> sessions, SessionFilter filter)
    {
        var users = Patterns(filter.UserIds);
        var types = Patterns(filter.ClientTypes);
        var computers = Patterns(filter.ClientComputerNames);
        var now = DateTime.UtcNow;
        admitted = sessions.Where(session =>
                filter.SessionIds?.Contains(session.SessionID) != false
                && Matches(users, session.UserID)
                && Matches(types, session.ClientType)
                && Matches(computers, session.ClientComputerName)
                && (filter.OlderThan is not { } age
                    || (session.LoginDatetime is { } login && LoginTime.IsOlderThan(login, age, now)))
                && (filter.Row is not { } row || IsRow(session, row)))
            .GetEnumerator();
    }

    public Session? Next() => admitted.MoveNext() ? admitted.Current : null;

    public void Dispose() => admitted.Dispose();

    private static bool IsRow(Session session, (int SessionId, Guid? UniqueId, DateTime? Login) row) =>
        session.SessionID == row.SessionId && LoginTime.IsSession(session, row.UniqueId, row.Login);

    private static bool Matches(List<WildcardPattern>? patterns, string? text) =>
        patterns?.Exists(pattern => pattern.IsMatch(text ?? string.Empty)) != false;

    private static List<WildcardPattern>? Patterns(string[]? texts) => texts?.Select(Pattern).ToList();

    private static WildcardPattern Pattern(string text)
    {
        try
        {
            var pattern = WildcardPattern.Get(text, WildcardOptions.IgnoreCase);
            // It is looked at only now.
            pattern.IsMatch(string.Empty);
            return pattern;
        }
        catch (WildcardPatternException exception)
        {
            throw new NavSessionException(
                exception.Message,
                "InvalidPattern",
                nameof(ErrorCategory.InvalidArgument),
                "Put a backtick before a [ that is meant as it is, such as 'A`[1`]'.",
                inner: exception);
        }
    }
}
