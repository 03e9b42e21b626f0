using System.Management.Automation;
using System.Net;
using System.Security;

namespace NavServerSession.Tests.Stage;

/// <summary>
/// An engine with the module, an environment of Business Central online that is registered as Contoso, and its server. Scripts
/// find <c>$credential</c> and <c>$token</c>, which are accepted, and <c>$otherCredential</c> and <c>$otherToken</c>, which are
/// not. Every secret has <see cref="Mark"/> in it.
/// </summary>
internal sealed class OnlineServer : IDisposable
{
    internal const string ClientId = "11111111-2222-3333-4444-555555555555";
    internal const string EntraTenant = "cronus.onmicrosoft.com";
    internal const string Mark = "s3cret-mark";
    internal const string ClientSecret = $"right+&=ö-{Mark}";
    internal const string AccessToken = $"right-token-{Mark}";
    private const string Environment = "Production";

    private readonly EndpointsFile endpoints = new();

    internal OnlineServer(params string[] emulatorOptions)
        : this(new Engine(), emulatorOptions)
    {
    }

    internal OnlineServer(Engine engine, params string[] emulatorOptions)
    {
        Engine = engine;
        Emulator = new Emulator(
            ["--admin-center-port", "0", "--client-id", ClientId, .. emulatorOptions],
            clientSecret: ClientSecret,
            accessToken: AccessToken);
        GiveSecrets(Engine);
        Register();
    }

    internal Engine Engine { get; }

    internal Emulator Emulator { get; }

    internal EndpointsFile Endpoints => endpoints;

    /// <summary>What all endpoints of the emulator have in common to get a token there.</summary>
    internal string Grant => $"-EntraTenant {EntraTenant} -ClientId {ClientId} -Authority {Emulator.Authority}";

    internal static SecureString Secure(string text) => new NetworkCredential(string.Empty, text).SecurePassword;

    internal static void GiveSecrets(Engine engine)
    {
        engine.Set("credential", new PSCredential(ClientId, Secure(ClientSecret)));
        engine.Set("otherCredential", new PSCredential(ClientId, Secure($"other-{Mark}")));
        engine.Set("token", Secure(AccessToken));
        engine.Set("otherToken", Secure($"other-token-{Mark}"));
    }

    /// <summary>Registers Contoso, again, with what is given instead of the usual.</summary>
    internal void Register(string? grant = null, string environment = Environment, string? uri = null) =>
        Run($"Register-NAVServerEndpoint Contoso -Environment '{environment}' -Uri {uri ?? Emulator.AdminCenter} "
            + $"{grant ?? Grant} -Force").IsSilent();

    internal Run Run(string script, object? value = null) => Engine.Run(script, value);

    internal List<int> SessionIds() => Emulator.EnvironmentIds(Environment);

    internal void Has(params int[] ids) => Assert.Subset(SessionIds().ToHashSet(), ids.ToHashSet());

    internal void HasNot(params int[] ids) => Assert.Empty(SessionIds().Intersect(ids));

    /// <summary>Nothing was removed.</summary>
    internal void IsUntouched() => Assert.Equal(12, SessionIds().Count);

    public void Dispose()
    {
        Engine.Dispose();
        Emulator.Dispose();
        endpoints.Dispose();
    }
}
