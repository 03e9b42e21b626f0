using System;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Refuses times that nothing can take. What is text or a number becomes a TimeSpan as PowerShell does it.</summary>
internal sealed class DurationArgumentAttribute : ValidateArgumentsAttribute
{
    /// <summary>The shortest time that is taken, in milliseconds.</summary>
    public int Shortest { get; set; }

    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var longest = TimeSpan.FromMilliseconds(uint.MaxValue);
        if (arguments is TimeSpan time && (time < TimeSpan.FromMilliseconds(Shortest) || time > longest))
        {
            throw new ValidationMetadataException(
                $"{time} cannot be waited for: give a time from {TimeSpan.FromMilliseconds(Shortest)} to {longest.Days} days, "
                + "such as '00:00:30' or (New-TimeSpan -Seconds 30). A number alone is in units of 100 nanoseconds.");
        }
    }
}
