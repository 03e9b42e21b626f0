using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace NavServerSession.Native;

[StructLayout(LayoutKind.Sequential)]
internal struct NavSettingsChoices
{
    internal UIntPtr Size;
    internal NavText ServerInstance;
    internal int Service;
    internal NavText Host;
    internal NavText Company;
}

/// <summary><c>nav_endpoints</c>: the registered endpoints being read, and how they come and go.</summary>
internal sealed unsafe class NavEndpoints : NavHandle
{
    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_list_endpoints(
        byte* endpointsFile, UIntPtr endpointsFileLength, IntPtr* endpoints, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_list_installed_endpoints(IntPtr* endpoints, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_endpoints_next(IntPtr endpoints, NavEndpoint* endpoint, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern void nav_endpoints_free(IntPtr endpoints);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_validate_endpoint(NavEndpoint* endpoint, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_register_endpoint(
        byte* endpointsFile, UIntPtr endpointsFileLength, NavEndpoint* endpoint, byte replace, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_read_custom_settings(
        byte* settingsFile, UIntPtr settingsFileLength, NavSettingsChoices* choices, IntPtr* endpoints, IntPtr* error);

    [DllImport(NativeLibraryLoader.Name, CallingConvention = CallingConvention.Cdecl)]
    private static extern int nav_unregister_endpoint(
        byte* endpointsFile, UIntPtr endpointsFileLength, byte* name, UIntPtr nameLength, int scope, IntPtr* error);

    private NavEndpoints(IntPtr endpoints) => SetHandle(endpoints);

    /// <summary>
    /// The file that <c>$env:NAV_SESSION_ENDPOINTS</c> names now. The library cannot see it for itself: on Unix .NET
    /// copies the environment when it starts, and <c>$env:</c> changes only that copy.
    /// </summary>
    internal static PinnedText EndpointsFile() => new(Environment.GetEnvironmentVariable("NAV_SESSION_ENDPOINTS"));

    /// <summary>Says what is wrong with an endpoint, without writing it.</summary>
    internal static void Validate(Endpoint endpoint)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var pinned = new NativeEndpoint(endpoint);
        var native = pinned.Endpoint;
        IntPtr error;
        NavError.ThrowIfFailed(nav_validate_endpoint(&native, &error), error);
    }

    /// <summary>Adds an endpoint, or with <paramref name="replace"/> puts it in the place of another.</summary>
    internal static void Register(Endpoint endpoint, bool replace)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var file = EndpointsFile();
        using var pinned = new NativeEndpoint(endpoint);
        var native = pinned.Endpoint;
        IntPtr error;
        NavError.ThrowIfFailed(
            nav_register_endpoint(file.Data, file.Length, &native, replace ? (byte)1 : (byte)0, &error), error);
    }

    internal static void Unregister(string serverInstance, EndpointScope scope)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var file = EndpointsFile();
        using var name = new PinnedText(serverInstance);
        IntPtr error;
        NavError.ThrowIfFailed(
            nav_unregister_endpoint(file.Data, file.Length, name.Data, name.Length, (int)scope, &error), error);
    }

    /// <summary>The user's endpoints, then the computer's.</summary>
    internal static IEnumerable<Endpoint> All() => Read(Registered);

    /// <summary>Whether an endpoint is registered for a server instance.</summary>
    internal static bool IsRegistered(string serverInstance)
    {
        var name = ServerInstanceNames.Of(serverInstance).Short;
        return All().Any(endpoint => string.Equals(endpoint.ServerInstance, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Those of the server instances that are installed on this computer, registered or not.</summary>
    internal static IEnumerable<Endpoint> Installed() => Read(OfInstalled);

    /// <summary>The endpoint that a server instance's settings file describes.</summary>
    /// <param name="settingsFile">Its CustomSettings.config.</param>
    /// <param name="serverInstance">The name to know it by; null is the one in the settings.</param>
    /// <param name="service">The interface; null is the one that is switched on.</param>
    /// <param name="computer">The computer it runs on; null is what the settings say.</param>
    /// <param name="company">The company; null is the default one in the settings.</param>
    internal static Endpoint FromSettings(
        string settingsFile, string? serverInstance, EndpointService? service, string? computer, string? company)
    {
        NativeLibraryLoader.EnsureLoaded();
        using var file = new PinnedText(settingsFile);
        using var serverInstanceText = new PinnedText(serverInstance);
        using var host = new PinnedText(computer);
        using var companyText = new PinnedText(company);
        NavSettingsChoices choices = default;
        choices.Size = (UIntPtr)(uint)sizeof(NavSettingsChoices);
        choices.ServerInstance = serverInstanceText.Text;
        choices.Service = (int)service.GetValueOrDefault();
        choices.Host = host.Text;
        choices.Company = companyText.Text;
        IntPtr found, error;
        NavError.ThrowIfFailed(
            nav_read_custom_settings(file.Data, file.Length, &choices, &found, &error), error);
        using var endpoints = new NavEndpoints(found);
        return endpoints.Next()!;
    }

    private static IEnumerable<Endpoint> Read(Func<NavEndpoints> list)
    {
        using var endpoints = list();
        while (endpoints.Next() is { } endpoint)
        {
            yield return endpoint;
        }
    }

    private static NavEndpoints OfInstalled()
    {
        NativeLibraryLoader.EnsureLoaded();
        IntPtr endpoints, error;
        NavError.ThrowIfFailed(nav_list_installed_endpoints(&endpoints, &error), error);
        return new NavEndpoints(endpoints);
    }

    private static NavEndpoints Registered()
    {
        NativeLibraryLoader.EnsureLoaded();
        using var file = EndpointsFile();
        IntPtr endpoints, error;
        NavError.ThrowIfFailed(nav_list_endpoints(file.Data, file.Length, &endpoints, &error), error);
        return new NavEndpoints(endpoints);
    }

    /// <summary>The next endpoint; null when none is left.</summary>
    private Endpoint? Next()
    {
        NavEndpoint endpoint = default;
        endpoint.Size = (UIntPtr)(uint)sizeof(NavEndpoint);
        IntPtr error;
        using var endpoints = Borrow();
        var status = nav_endpoints_next(endpoints.Pointer, &endpoint, &error);
        NavError.ThrowIfFailed(status, error);
        return status == NavStatus.End
            ? null
            : new Endpoint
            {
                ServerInstance = endpoint.ServerInstance.Read(),
                Service = (EndpointService)endpoint.Service,
                Uri = endpoint.Uri.Read(),
                Company = endpoint.Company.Read(),
                CredentialType = (EndpointCredentialType)endpoint.CredentialType,
                Multitenant = endpoint.Multitenant != 0,
                SessionControlService = endpoint.SessionControl.Read(),
                ActiveSessionsService = endpoint.ActiveSessions.Read(),
                Scope = (EndpointScope)endpoint.Scope,
                Path = endpoint.Path.Read(),
                Environment = endpoint.Environment.Read(),
                ApplicationFamily = endpoint.ApplicationFamily.Read(),
                ApiVersion = endpoint.ApiVersion.Read(),
                EntraTenant = endpoint.EntraTenant.Read(),
                ClientId = endpoint.ClientId.Read(),
                Authority = endpoint.Authority.Read(),
                TokenScope = endpoint.TokenScope.Read(),
                CAFile = endpoint.CaFile.Read(),
                Ntlm = endpoint.Ntlm != 0,
            };
    }

    protected override bool ReleaseHandle()
    {
        nav_endpoints_free(handle);
        return true;
    }
}
