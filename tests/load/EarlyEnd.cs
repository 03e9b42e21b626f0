using System.Globalization;
using System.Text.RegularExpressions;

namespace NavServerSession.Load;

/// <summary>What the command told the host when it did not come to its end.</summary>
internal sealed partial class EarlyEnd
{
    private EarlyEnd(Match begin) =>
        RemovedBefore = begin.Groups["n"].Value is "No" ? 0 : int.Parse(begin.Groups["n"].Value, CultureInfo.InvariantCulture);

    /// <summary>How many were removed whose objects went out, or were about to.</summary>
    internal int RemovedBefore { get; }

    /// <summary>How many removed ones are only counted, and not named.</summary>
    internal int RemovedUnnamed { get; private set; }

    /// <summary>Those that are named, with the heading they are under.</summary>
    internal List<(int SessionId, string What)> Named { get; } = [];

    /// <summary>Null where it is no such text.</summary>
    internal static EarlyEnd? Parse(string text)
    {
        var begin = Begin().Match(text);
        if (!begin.Success)
        {
            return null;
        }

        var end = new EarlyEnd(begin);
        var rest = text[begin.Length..];
        while (Heading().Match(rest) is { Success: true } heading)
        {
            var what = heading.Groups["what"].Value;
            rest = rest[heading.Length..];
            while (Id().Match(rest) is { Success: true } id)
            {
                end.Named.Add((int.Parse(id.Value, CultureInfo.InvariantCulture), what));
                rest = WithoutReason(rest[id.Length..]);
                rest = rest.StartsWith(", ", StringComparison.Ordinal) ? rest[2..] : rest;
            }

            if (More().Match(rest) is { Success: true } more)
            {
                end.RemovedUnnamed += what is "Removed" ? int.Parse(more.Groups["n"].Value, CultureInfo.InvariantCulture) : 0;
                rest = WithoutReason(rest[more.Length..]);
            }

            rest = rest.StartsWith('.') ? rest[1..] : rest;
        }

        return rest.Length == 0 ? end : null;
    }

    private static string WithoutReason(string text)
    {
        if (!text.StartsWith(" (", StringComparison.Ordinal))
        {
            return text;
        }

        var depth = 0;
        for (var at = 1; at < text.Length; at++)
        {
            depth += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
            {
                return text[(at + 1)..];
            }
        }

        return text;
    }

    [GeneratedRegex(@"^Remove-NAVServerSession (was stopped|ended early)\. (?<n>No|\d+) sessions? (was|were) removed before\.")]
    private static partial Regex Begin();

    [GeneratedRegex(@"^ (?<what>Removed|Not there any more|Not known|Not removed): session ")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^-?\d+")]
    private static partial Regex Id();

    [GeneratedRegex(@"^ and (?<n>\d+) more")]
    private static partial Regex More();
}
