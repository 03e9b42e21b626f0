using System;
using System.Collections.Generic;
using System.Linq;
using NavServerSession.Native;

namespace NavServerSession.Completion;

/// <summary>Offers the tenant that is known: the registered one of Business Central online, else default.</summary>
internal sealed class TenantCompleter : Completer
{
    private protected override IEnumerable<Offer> Offers(string commandName, string word, BoundArguments bound)
    {
        if (bound.Text("ServerInstance") is { } serverInstance)
        {
            var name = ServerInstanceNames.Of(serverInstance).Short;
            var endpoint = NavEndpoints.All().FirstOrDefault(
                other => string.Equals(other.ServerInstance, name, StringComparison.OrdinalIgnoreCase));
            if (endpoint?.Service == EndpointService.AdminCenter)
            {
                return endpoint.EntraTenant is { } tenant
                    ? new[] { Offer.Of(tenant, toolTip: "The Microsoft Entra tenant that is registered") }
                    : Enumerable.Empty<Offer>();
            }
        }

        return new[] { Offer.Of("default", toolTip: "The one tenant of a server instance that is not multitenant") };
    }
}
