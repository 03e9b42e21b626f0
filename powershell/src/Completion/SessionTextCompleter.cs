using System;
using System.Collections.Generic;
using System.Linq;

namespace NavServerSession.Completion;

/// <summary>Offers the texts that the sessions there are have in a column, and says how many have them.</summary>
internal abstract class SessionTextCompleter : ListedSessionCompleter
{
    private protected sealed override IEnumerable<Offer> Offers(IReadOnlyList<Session> sessions) =>
        sessions.Select(Text)
            .Where(text => !string.IsNullOrEmpty(text))
            .GroupBy(text => text!, StringComparer.OrdinalIgnoreCase)
            .OrderBy(same => same.Key, StringComparer.OrdinalIgnoreCase)
            .Select(same => Offer.OfLiteral(same.Key, same.Count() == 1 ? "1 session" : $"{same.Count()} sessions"));

    private protected abstract string? Text(Session session);
}

/// <summary>Offers the users that are signed in.</summary>
internal sealed class UserIdCompleter : SessionTextCompleter
{
    private protected override string? Text(Session session) => session.UserID;
}

/// <summary>Offers the computers that sessions come from.</summary>
internal sealed class ClientComputerNameCompleter : SessionTextCompleter
{
    private protected override string? Text(Session session) => session.ClientComputerName;
}
