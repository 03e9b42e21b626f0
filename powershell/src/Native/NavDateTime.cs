using System;

namespace NavServerSession.Native;

/// <summary>Points in time as they cross the ABI: 100 ns since 1970-01-01T00:00:00Z.</summary>
internal static class NavDateTime
{
    /// <summary><c>NAV_NO_DATETIME</c></summary>
    private const long None = long.MinValue;

    private static readonly DateTime Epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    internal static long From(DateTime? time) =>
        time is { } value ? value.ToUniversalTime().Ticks - Epoch.Ticks : None;

    internal static DateTime? Read(long ticks) =>
        ticks < DateTime.MinValue.Ticks - Epoch.Ticks || ticks > DateTime.MaxValue.Ticks - Epoch.Ticks
            ? null
            : Epoch.AddTicks(ticks).ToLocalTime();
}
