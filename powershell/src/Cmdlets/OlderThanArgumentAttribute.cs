using System;
using System.Globalization;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>
/// Takes a length of time that says its units. PowerShell would take 30 for three millionths of a second, '30' for 30
/// days and '24:00' for 24 days.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OlderThanArgumentAttribute : ArgumentTransformationAttribute
{
    private static readonly string[] Formats =
    {
        @"h\:m", @"h\:m\:s", @"h\:m\:s\.FFFFFFF", @"d\.h\:m", @"d\.h\:m\:s", @"d\.h\:m\:s\.FFFFFFF",
    };

    public override object Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var given = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var parsed = given switch
        {
            TimeSpan time => time,
            string text when TimeSpan.TryParseExact(
                text.Trim(), Formats, CultureInfo.InvariantCulture, TimeSpanStyles.None, out var time) => time,
            _ => TimeSpan.Zero,
        };
        return parsed > TimeSpan.Zero
            ? parsed
            : throw new ArgumentTransformationMetadataException(
                $"'{given}' is not a length of time above zero. Give hours and minutes, such as 0:30 for half an hour, "
                + "days before them, such as 2.0:00, or a TimeSpan, such as (New-TimeSpan -Minutes 30).");
    }
}
