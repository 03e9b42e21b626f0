using System.Collections.Generic;
using System.Linq;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>What became of removals that were in flight when their command came to an early end, in words.</summary>
internal sealed class RemovalSummary
{
    private const int MostNamed = 20;

    private readonly List<Removal> removals = new();

    internal void Add(Removal removal) => removals.Add(removal);

    public override string ToString()
    {
        var severalServers = removals.Select(removal => removal.Client.Name).Distinct().Skip(1).Any();
        var sentences = removals.GroupBy(Heading).Select(group =>
        {
            var sessions = group.Take(MostNamed).Select(removal => Name(removal, severalServers));
            var more = group.Count() > MostNamed ? $" and {group.Count() - MostNamed} more" : string.Empty;
            return $"{group.Key.What}: session {string.Join(", ", sessions)}{more}{group.Key.Hint}.";
        });
        return string.Join(" ", sentences);
    }

    private static (string What, string Hint) Heading(Removal removal) => removal.Outcome switch
    {
        RemovalOutcome.Removed => ("Removed", string.Empty),
        RemovalOutcome.NotFound => ("Not there any more", string.Empty),
        RemovalOutcome.Unknown => ("Not known", " (Get-NAVServerSession shows what is still there)"),
        _ => ("Not removed", string.Empty),
    };

    private static string Name(Removal removal, bool severalServers)
    {
        var place = severalServers ? $" on {removal.Client.Name}" : string.Empty;
        var isExplained = removal.Outcome is not (RemovalOutcome.Removed or RemovalOutcome.NotFound or RemovalOutcome.Unknown)
            && removal.Reason is { Status: not NavStatus.Cancelled };
        return $"{removal.SessionId}{place}" + (isExplained ? $" ({removal.Reason!.Message.TrimEnd('.')})" : string.Empty);
    }
}
