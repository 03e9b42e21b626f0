using System;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Says how a server instance is reached.</summary>
[Cmdlet(VerbsLifecycle.Register, "NAVServerEndpoint", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Endpoint))]
public sealed class RegisterNavServerEndpoint : NavCommand
{
    /// <summary>The server instance, by its full or its short name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    public string? ServerInstance { get; set; }

    /// <summary>The base address of the service.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public string? Uri { get; set; }

    /// <summary>The company whose web services are called.</summary>
    [Parameter(Mandatory = true)]
    public string? Company { get; set; }

    /// <summary>The interface that is spoken there.</summary>
    [Parameter]
    [ValidateSet(nameof(EndpointService.Soap), nameof(EndpointService.OData))]
    public EndpointService Service { get; set; } = EndpointService.Soap;

    /// <summary>How the caller signs in.</summary>
    [Parameter]
    public EndpointCredentialType CredentialType { get; set; } = EndpointCredentialType.Windows;

    /// <summary>The server instance runs several tenants.</summary>
    [Parameter]
    public SwitchParameter Multitenant { get; set; }

    /// <summary>The companion's codeunit, as it is published.</summary>
    [Parameter]
    public string? SessionControlService { get; set; }

    /// <summary>The companion's page, as it is published.</summary>
    [Parameter]
    public string? ActiveSessionsService { get; set; }

    /// <summary>For whom it is registered.</summary>
    [Parameter]
    public EndpointScope Scope { get; set; } = EndpointScope.User;

    /// <summary>Replaces an endpoint of that name.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes the endpoint.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var name = ServerInstanceNames.Of(ServerInstance!).Short;
            var action = Force ? "Register endpoint, replacing one of that name" : "Register endpoint";
            if (!ShouldProcess($"{name} ({Uri})", action))
            {
                return;
            }

            NavEndpoints.Register(
                new Endpoint
                {
                    ServerInstance = name,
                    Service = Service,
                    Uri = Uri,
                    Company = Company,
                    CredentialType = CredentialType,
                    Multitenant = Multitenant,
                    SessionControlService = SessionControlService,
                    ActiveSessionsService = ActiveSessionsService,
                    Scope = Scope,
                },
                Force);
            if (PassThru)
            {
                WriteObject(NavEndpoints.All().FirstOrDefault(
                    endpoint => endpoint.Scope == Scope
                        && string.Equals(endpoint.ServerInstance, name, StringComparison.OrdinalIgnoreCase)));
            }
        }
        catch (NavSessionException exception)
        {
            WriteError(exception, ServerInstance);
        }
    }
}
