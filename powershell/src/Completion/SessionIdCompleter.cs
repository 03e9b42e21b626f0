using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NavServerSession.Completion;

/// <summary>Offers the ids of the sessions there are, and says whose they are.</summary>
internal sealed class SessionIdCompleter : ListedSessionCompleter
{
    private protected override IEnumerable<Offer> Offers(IReadOnlyList<Session> sessions) =>
        sessions.OrderBy(session => session.SessionID).Select(session =>
        {
            var id = session.SessionID.ToString(CultureInfo.InvariantCulture);
            var details = new[] { session.UserID, session.ClientType, session.ClientComputerName }
                .Where(detail => !string.IsNullOrEmpty(detail));
            return Offer.Of(
                id,
                string.IsNullOrEmpty(session.UserID) ? id : $"{id} - {session.UserID}",
                string.Join(", ", details));
        });
}
