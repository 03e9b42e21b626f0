namespace NavServerSession;

/// <summary>How a server instance is reached.</summary>
public sealed class Endpoint
{
    internal Endpoint()
    {
    }

    /// <summary>The short name of the server instance.</summary>
    public string? ServerInstance { get; internal set; }

    /// <summary>The interface that is spoken.</summary>
    public EndpointService Service { get; internal set; }

    /// <summary>The base address.</summary>
    public string? Uri { get; internal set; }

    /// <summary>The company whose web services are called.</summary>
    public string? Company { get; internal set; }

    /// <summary>How the caller signs in.</summary>
    public EndpointCredentialType CredentialType { get; internal set; }

    /// <summary>Whether the server instance runs several tenants.</summary>
    public bool Multitenant { get; internal set; }

    /// <summary>The companion's codeunit, as it is published.</summary>
    public string? SessionControlService { get; internal set; }

    /// <summary>The companion's page, as it is published.</summary>
    public string? ActiveSessionsService { get; internal set; }

    /// <summary>For whom it is registered.</summary>
    public EndpointScope Scope { get; internal set; }

    /// <summary>The environment of Business Central online.</summary>
    public string? Environment { get; internal set; }

    /// <summary>The application family of the environment.</summary>
    public string? ApplicationFamily { get; internal set; }

    /// <summary>The version of the Admin Center API.</summary>
    public string? ApiVersion { get; internal set; }

    /// <summary>The Microsoft Entra tenant.</summary>
    public string? EntraTenant { get; internal set; }

    /// <summary>The id of the app registration that signs in.</summary>
    public string? ClientId { get; internal set; }

    /// <summary>The address that tokens are asked for at.</summary>
    public string? Authority { get; internal set; }

    /// <summary>The scope that a token is asked for.</summary>
    public string? TokenScope { get; internal set; }

    /// <summary>The file of certificates that are trusted.</summary>
    public string? CAFile { get; internal set; }

    /// <summary>Whether the server offers NTLM alone.</summary>
    public bool Ntlm { get; internal set; }

    /// <summary>The file it stands in.</summary>
    public string? Path { get; internal set; }
}

/// <summary>An interface of a server instance; the numbers are the native library's.</summary>
public enum EndpointService
{
    /// <summary>SOAP web services.</summary>
    Soap = 1,

    /// <summary>OData V4 web services.</summary>
    OData = 2,

    /// <summary>The Business Central administration center API.</summary>
    AdminCenter = 3,
}

/// <summary>A way to sign in; the numbers are the native library's.</summary>
public enum EndpointCredentialType
{
    /// <summary>Kerberos or NTLM.</summary>
    Windows = 1,

    /// <summary>A user name and a password or web service access key.</summary>
    NavUserPassword = 2,

    /// <summary>A bearer token.</summary>
    OAuth = 3,

    /// <summary>No sign-in.</summary>
    None = 4,
}

/// <summary>For whom an endpoint is registered; the numbers are the native library's.</summary>
public enum EndpointScope
{
    /// <summary>For the user.</summary>
    User = 1,

    /// <summary>For everybody on the computer.</summary>
    Machine = 2,
}
