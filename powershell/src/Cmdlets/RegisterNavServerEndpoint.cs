using System;
using System.Linq;
using System.Management.Automation;
using NavServerSession.Completion;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Says how a server instance is reached.</summary>
[Cmdlet(
    VerbsLifecycle.Register,
    "NAVServerEndpoint",
    DefaultParameterSetName = UriSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(Endpoint))]
public sealed class RegisterNavServerEndpoint : NavCommand
{
    private const string UriSet = "Uri";
    private const string AdminCenterSet = "AdminCenter";
    private const string CustomSettingsSet = "CustomSettings";

    /// <summary>The server instance, by its full or its short name.</summary>
    [Parameter(ParameterSetName = UriSet, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = AdminCenterSet, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = CustomSettingsSet, Position = 0)]
    [ArgumentCompleter(typeof(ServerInstanceCompleter))]
    public string? ServerInstance { get; set; }

    /// <summary>The base address of the service.</summary>
    [Parameter(ParameterSetName = UriSet, Mandatory = true, Position = 1)]
    [Parameter(ParameterSetName = AdminCenterSet)]
    public string? Uri { get; set; }

    /// <summary>The company whose web services are called.</summary>
    [Parameter(ParameterSetName = UriSet, Mandatory = true)]
    [Parameter(ParameterSetName = CustomSettingsSet)]
    public string? Company { get; set; }

    /// <summary>The interface that is spoken there.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Parameter(ParameterSetName = CustomSettingsSet)]
    [ValidateSet(nameof(EndpointService.Soap), nameof(EndpointService.OData))]
    public EndpointService Service { get; set; } = EndpointService.Soap;

    /// <summary>How the caller signs in.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public EndpointCredentialType CredentialType { get; set; } = EndpointCredentialType.Windows;

    /// <summary>The server offers NTLM alone.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter Ntlm { get; set; }

    /// <summary>The server instance runs several tenants.</summary>
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter Multitenant { get; set; }

    /// <summary>The companion's codeunit, as it is published.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Parameter(ParameterSetName = CustomSettingsSet)]
    public string? SessionControlService { get; set; }

    /// <summary>The companion's page, as it is published.</summary>
    [Parameter(ParameterSetName = UriSet)]
    [Parameter(ParameterSetName = CustomSettingsSet)]
    public string? ActiveSessionsService { get; set; }

    /// <summary>The settings file of the server instance.</summary>
    [Parameter(ParameterSetName = CustomSettingsSet, Mandatory = true)]
    public string? CustomSettings { get; set; }

    /// <summary>The computer the server instance runs on.</summary>
    [Parameter(ParameterSetName = CustomSettingsSet)]
    public string? ComputerName { get; set; }

    /// <summary>The environment of Business Central online.</summary>
    [Parameter(ParameterSetName = AdminCenterSet, Mandatory = true)]
    public string? Environment { get; set; }

    /// <summary>The application family of the environment.</summary>
    [Parameter(ParameterSetName = AdminCenterSet)]
    public string? ApplicationFamily { get; set; }

    /// <summary>The version of the Admin Center API.</summary>
    [Parameter(ParameterSetName = AdminCenterSet)]
    public string? ApiVersion { get; set; }

    /// <summary>The Microsoft Entra tenant, by its id or a domain of it.</summary>
    [Parameter]
    public string? EntraTenant { get; set; }

    /// <summary>The id of the app registration that signs in.</summary>
    [Parameter]
    public string? ClientId { get; set; }

    /// <summary>The address that tokens are asked for at.</summary>
    [Parameter]
    public string? Authority { get; set; }

    /// <summary>The scope that a token is asked for.</summary>
    [Parameter]
    public string? TokenScope { get; set; }

    /// <summary>The file of certificates that are trusted.</summary>
    [Parameter]
    public string? CAFile { get; set; }

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
            var endpoint = Given();
            // Before the address is shown: it may hold a password.
            NavEndpoints.Validate(endpoint);
            var action = Force ? "Register endpoint, replacing one of that name" : "Register endpoint";
            if (!ShouldProcess($"{endpoint.ServerInstance} ({endpoint.Uri ?? endpoint.Environment})", action))
            {
                return;
            }

            NavEndpoints.Register(endpoint, Force);
            if (PassThru)
            {
                WriteObject(NavEndpoints.All().FirstOrDefault(
                    other => other.Scope == Scope
                        && string.Equals(
                            other.ServerInstance, endpoint.ServerInstance, StringComparison.OrdinalIgnoreCase)));
            }
        }
        catch (NavSessionException exception)
        {
            WriteError(exception, ServerInstance ?? CustomSettings);
        }
    }

    private Endpoint Given()
    {
        var endpoint = ParameterSetName switch
        {
            CustomSettingsSet => NavEndpoints.FromSettings(
                Absolute(CustomSettings!),
                ServerInstance,
                IsOnCommandLine(nameof(Service)) ? Service : null,
                ComputerName,
                Company),
            AdminCenterSet => new Endpoint
            {
                ServerInstance = ServerInstanceNames.Of(ServerInstance!).Short,
                Service = EndpointService.AdminCenter,
                Uri = Uri,
                CredentialType = EndpointCredentialType.OAuth,
                Environment = Environment,
                ApplicationFamily = ApplicationFamily,
                ApiVersion = ApiVersion,
            },
            _ => new Endpoint
            {
                ServerInstance = ServerInstanceNames.Of(ServerInstance!).Short,
                Service = Service,
                Uri = Uri,
                Company = Company,
                CredentialType = CredentialType,
                Ntlm = Ntlm,
                Multitenant = Multitenant,
            },
        };
        if (ParameterSetName != AdminCenterSet)
        {
            endpoint.SessionControlService = SessionControlService;
            endpoint.ActiveSessionsService = ActiveSessionsService;
        }

        endpoint.EntraTenant = EntraTenant;
        endpoint.ClientId = ClientId;
        endpoint.Authority = Authority;
        endpoint.TokenScope = TokenScope;
        // As the file is named from here; a command may be called from anywhere.
        endpoint.CAFile = CAFile is null ? null : Absolute(CAFile);
        endpoint.Scope = Scope;
        return endpoint;
    }

    private string Absolute(string path) => GetUnresolvedProviderPathFromPSPath(path);
}
