using System.Collections.Generic;
using System.Linq;

namespace NavServerSession.Completion;

/// <summary>Offers the kinds of client that servers are known to have. There can be others.</summary>
internal sealed class ClientTypeCompleter : Completer
{
    private static readonly string[] Known =
    {
        "Api", "Background", "ChildSession", "ClientService", "Desktop", "ManagementClient", "NAS", "ODataV4", "Phone",
        "SharePointClient", "SOAP", "Tablet", "Unknown", "WebClient", "WebService", "WebServiceClient", "Windows",
        "WindowsClient",
    };

    private protected override IEnumerable<Offer> Offers(string commandName, string word, BoundArguments bound) =>
        Known.Select(name => Offer.OfLiteral(name));
}
