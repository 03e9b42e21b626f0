using System;
using System.Collections.Generic;
using System.Linq;
using NavServerSession.Native;

namespace NavServerSession.Completion;

/// <summary>Offers the server instances that have an endpoint, and on Windows those that are installed here.</summary>
internal sealed class ServerInstanceCompleter : Completer
{
    private protected override IEnumerable<Offer> Offers(string commandName, string word, BoundArguments bound)
    {
        var known = NavEndpoints.All();
        // These two know what is registered and nothing else.
        if (commandName is not ("Get-NAVServerEndpoint" or "Unregister-NAVServerEndpoint"))
        {
            known = known.Concat(NavEndpoints.Installed());
        }

        var endpoints = known
            .GroupBy(endpoint => endpoint.ServerInstance!, StringComparer.OrdinalIgnoreCase)
            .Select(sameName => sameName.First())
            .ToList();
        var offers = endpoints.Select(endpoint => Offer.Of(endpoint.ServerInstance!, toolTip: ToolTip(endpoint)));
        // The full names begin alike, so they would only double the short ones until somebody begins to type one.
        return word.Length == 0
            ? offers
            : offers.Concat(endpoints.Select(
                endpoint => Offer.Of(ServerInstanceNames.Of(endpoint.ServerInstance!).Full, toolTip: ToolTip(endpoint))));
    }

    private static string ToolTip(Endpoint endpoint) =>
        $"{endpoint.Service} {endpoint.Uri}, {endpoint.Environment ?? endpoint.Company}";
}
