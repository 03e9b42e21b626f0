using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;

namespace NavServerSession.Commands;

/// <summary>Takes session ids as any kind of number or as text, and says which numbers they can be.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SessionIdArgumentAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var given = Unwrap(inputData);
        if (given is string || given is not IEnumerable values)
        {
            return Convert(given);
        }

        var ids = new List<int>();
        foreach (var value in values)
        {
            ids.Add(Convert(value));
        }

        return ids.ToArray();
    }

    internal static bool TryConvert(object? value, out int id)
    {
        id = 0;
        if (Number(Unwrap(value)) is not { } number || number != decimal.Truncate(number) || !IsInRange(number))
        {
            return false;
        }

        id = (int)number;
        return true;
    }

    private static int Convert(object? value)
    {
        if (TryConvert(value, out var id))
        {
            return id;
        }

        var kind = Number(Unwrap(value)) is { } number && !IsInRange(number) ? "out of range" : "not a session id";
        throw new ArgumentTransformationMetadataException(
            $"'{value}' is {kind}: a session id is a whole number from {int.MinValue} to {int.MaxValue}. "
            + "Get-NAVServerSession lists the sessions with their ids.");
    }

    private static bool IsInRange(decimal number) => number is >= int.MinValue and <= int.MaxValue;

    private static decimal? Number(object? value)
    {
        switch (value)
        {
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                return System.Convert.ToDecimal(value, CultureInfo.InvariantCulture);
            case float or double:
                var real = System.Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return Math.Abs(real) < (double)decimal.MaxValue ? (decimal)real : null;
            case string text when text.Trim().StartsWith("0x", StringComparison.OrdinalIgnoreCase):
                return LanguagePrimitives.TryConvertTo(text, CultureInfo.InvariantCulture, out long hexadecimal)
                    ? hexadecimal
                    : null;
            case string text:
                return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
            default:
                return null;
        }
    }

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
