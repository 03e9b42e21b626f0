using System;
using System.Collections.Generic;
using System.Linq;

namespace NavServerSession.Management;

/// <summary>
/// Login times as data rows have them, which need not say their zone. Such a time is read both as local time and as UTC.
/// </summary>
internal static class LoginTime
{
    /// <summary>What two times of one session may differ by, since some are written without fractions.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What the server's clock may be ahead of this one's: less than any two zones differ by. Without it, a session that has
    /// just begun would be taken for one that began hours ago in the other zone.
    /// </summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Whether a session can be the one of which this is known. What either side does not know is not compared.</summary>
    internal static bool IsSession(Session session, Guid? uniqueId, DateTime? login) =>
        (uniqueId is null || session.SessionUniqueID is null || uniqueId == session.SessionUniqueID)
        && (login is null || session.LoginDatetime is null || IsSame(login.Value, session.LoginDatetime.Value));

    private static bool IsSame(DateTime one, DateTime other) =>
        Readings(one).Any(reading => Readings(other).Any(otherReading => (reading - otherReading).Duration() <= Tolerance));

    /// <summary>How long ago it is, where all readings that are not in the future agree.</summary>
    internal static TimeSpan? Age(DateTime time, DateTime utcNow)
    {
        var ages = Ages(time, utcNow).ToList();
        return ages.Count == 1 ? ages[0] : null;
    }

    /// <summary>Whether it is longer ago than this by every reading.</summary>
    internal static bool IsOlderThan(DateTime time, TimeSpan age, DateTime utcNow)
    {
        var ages = Ages(time, utcNow).ToList();
        return ages.Count > 0 && ages.All(reading => reading > age);
    }

    private static IEnumerable<TimeSpan> Ages(DateTime time, DateTime utcNow) =>
        Readings(time).Select(reading => utcNow - reading)
            .Where(age => age >= -ClockSkew)
            .Select(age => age < TimeSpan.Zero ? TimeSpan.Zero : age)
            .Distinct();

    private static IEnumerable<DateTime> Readings(DateTime time)
    {
        yield return time.ToUniversalTime();
        if (time.Kind == DateTimeKind.Unspecified)
        {
            yield return DateTime.SpecifyKind(time, DateTimeKind.Utc);
        }
    }
}
