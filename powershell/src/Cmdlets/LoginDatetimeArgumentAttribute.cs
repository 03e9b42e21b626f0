using System;
using System.Globalization;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Takes a login time as rows have it, and keeps whether it says which zone it is in.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LoginDatetimeArgumentAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        switch (RowValue.Of(inputData))
        {
            case null:
                return null;
            case DateTime time:
                return time;
            case DateTimeOffset time:
                return time.UtcDateTime;
            case string text when TryParse(text, out var time):
                return time;
            default:
                throw new ArgumentTransformationMetadataException(
                    $"'{inputData}' is not a date and time such as 2026-11-22T08:17:17Z.");
        }
    }

    internal static bool TryParse(string text, out DateTime time) =>
        // A plain conversion would take a text without a zone for local time; RoundtripKind says that it has none.
        DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out time)
        || DateTime.TryParse(text, CultureInfo.CurrentCulture, DateTimeStyles.RoundtripKind, out time);
}
