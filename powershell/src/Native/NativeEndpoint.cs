using System;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavEndpoint
{
    internal UIntPtr Size;
    internal NavText ServerInstance;
    internal int Service;
    internal NavText Uri;
    internal NavText Company;
    internal int CredentialType;
    internal byte Multitenant;
    internal NavText SessionControl;
    internal NavText ActiveSessions;
    internal int Scope;
    internal NavText Path;
    internal NavText Environment;
    internal NavText ApplicationFamily;
    internal NavText ApiVersion;
    internal NavText EntraTenant;
    internal NavText ClientId;
    internal NavText Authority;
    internal NavText TokenScope;
    internal NavText CaFile;
    internal byte Ntlm;
}

/// <summary>An endpoint as <c>nav_endpoint</c>, for the time of one native call.</summary>
internal readonly unsafe ref struct NativeEndpoint
{
    private readonly PinnedText serverInstance;
    private readonly PinnedText uri;
    private readonly PinnedText company;
    private readonly PinnedText sessionControl;
    private readonly PinnedText activeSessions;
    private readonly PinnedText environment;
    private readonly PinnedText applicationFamily;
    private readonly PinnedText apiVersion;
    private readonly PinnedText entraTenant;
    private readonly PinnedText clientId;
    private readonly PinnedText authority;
    private readonly PinnedText tokenScope;
    private readonly PinnedText caFile;

    internal NativeEndpoint(Endpoint endpoint)
    {
        serverInstance = new PinnedText(endpoint.ServerInstance);
        uri = new PinnedText(endpoint.Uri);
        company = new PinnedText(endpoint.Company);
        sessionControl = new PinnedText(endpoint.SessionControlService);
        activeSessions = new PinnedText(endpoint.ActiveSessionsService);
        environment = new PinnedText(endpoint.Environment);
        applicationFamily = new PinnedText(endpoint.ApplicationFamily);
        apiVersion = new PinnedText(endpoint.ApiVersion);
        entraTenant = new PinnedText(endpoint.EntraTenant);
        clientId = new PinnedText(endpoint.ClientId);
        authority = new PinnedText(endpoint.Authority);
        tokenScope = new PinnedText(endpoint.TokenScope);
        caFile = new PinnedText(endpoint.CAFile);
        Endpoint = new NavEndpoint
        {
            Size = (UIntPtr)(uint)sizeof(NavEndpoint),
            Service = (int)endpoint.Service,
            CredentialType = (int)endpoint.CredentialType,
            Multitenant = endpoint.Multitenant ? (byte)1 : (byte)0,
            Scope = (int)endpoint.Scope,
            Ntlm = endpoint.Ntlm ? (byte)1 : (byte)0,
            ServerInstance = serverInstance.Text,
            Uri = uri.Text,
            Company = company.Text,
            SessionControl = sessionControl.Text,
            ActiveSessions = activeSessions.Text,
            Environment = environment.Text,
            ApplicationFamily = applicationFamily.Text,
            ApiVersion = apiVersion.Text,
            EntraTenant = entraTenant.Text,
            ClientId = clientId.Text,
            Authority = authority.Text,
            TokenScope = tokenScope.Text,
            CaFile = caFile.Text,
        };
    }

    internal NavEndpoint Endpoint { get; }

    public void Dispose()
    {
        serverInstance.Dispose();
        uri.Dispose();
        company.Dispose();
        sessionControl.Dispose();
        activeSessions.Dispose();
        environment.Dispose();
        applicationFamily.Dispose();
        apiVersion.Dispose();
        entraTenant.Dispose();
        clientId.Dispose();
        authority.Dispose();
        tokenScope.Dispose();
        caFile.Dispose();
    }
}
