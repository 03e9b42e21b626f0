using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>Bearer tokens at servers of one's own.</summary>
public sealed class SignInTests : IDisposable
{
    private const string Scope = "https://api.businesscentral.dynamics.com/.default";

    private readonly OnlineServer server = new("--bearer");

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData("Soap", "-AccessToken $token")]
    [InlineData("OData", "-AccessToken $token")]
    [InlineData("Soap", "-Credential $credential")]
    [InlineData("OData", "-Credential $credential")]
    public void A_token_that_is_given_or_got_with_a_secret_lists_and_removes(string service, string signIn)
    {
        Register(service);

        var run = server.Run(
            $"Get-NAVServerSession BC {signIn}; Remove-NAVServerSession BC -SessionId 11 {signIn} -Force; "
            + $"Get-NAVServerSession BC -SessionId 14 {signIn} | Remove-NAVServerSession {signIn} -Force");

        Assert.Empty(run.Errors);
        Assert.Equal(12, run.Dozen.Count);
        Assert.Empty(server.Emulator.SessionIds().Intersect([11, 14]));
    }

    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void Another_token_is_refused_and_removes_nothing(string service)
    {
        Register(service);

        var run = server.Run("Remove-NAVServerSession BC -SessionId 11 -AccessToken $otherToken -Force");

        Assert.Equal("Unauthorized", Assert.Single(run.ErrorIds));
        Assert.Contains("access token", run.Error.ErrorDetails.RecommendedAction);
        Assert.Contains(11, server.Emulator.SessionIds());
    }

    [Theory]
    [InlineData("Get-NAVServerSession BC")]
    [InlineData("Remove-NAVServerSession BC -SessionId 11 -Force")]
    public void A_credential_and_a_token_together_are_refused(string command)
    {
        Register("Soap");

        var run = server.Run($"{command} -Credential $credential -AccessToken $token");

        Assert.Equal("CredentialNotAccepted", Assert.Single(run.ErrorIds));
        Assert.Equal("Give either -Credential or -AccessToken.", run.Error.ErrorDetails.RecommendedAction);
        Assert.Contains(11, server.Emulator.SessionIds());
    }

    [Fact]
    public void Without_either_it_says_what_to_give()
    {
        Register("Soap");

        var run = server.Run("Get-NAVServerSession BC");

        Assert.Equal("CredentialRequired", Assert.Single(run.ErrorIds));
        Assert.Contains(OnlineServer.ClientId, run.Error.ErrorDetails.RecommendedAction);
        Assert.Contains("-AccessToken", run.Error.ErrorDetails.RecommendedAction);
    }

    [Theory]
    [InlineData("Windows")]
    [InlineData("NavUserPassword")]
    [InlineData("None")]
    public void An_endpoint_of_another_credential_type_takes_no_token(string credentialType)
    {
        server.Run(
            $"Register-NAVServerEndpoint BC {server.Emulator.Soap} -Company C -CredentialType {credentialType}").IsSilent();

        var run = server.Run("Get-NAVServerSession BC -AccessToken $token");

        Assert.Equal("CredentialNotAccepted", Assert.Single(run.ErrorIds));
        Assert.Contains(credentialType, run.Error.ErrorDetails.Message);
    }

    [Theory]
    [InlineData("$token")]
    [InlineData("([System.Net.NetworkCredential]::new('', $value).SecurePassword)")]
    [InlineData("$token.Copy()")]
    public void A_token_is_taken_from_a_variable_and_from_an_expression(string token)
    {
        Register("OData");

        var run = server.Run($"Get-NAVServerSession BC -SessionId 11 -AccessToken {token}", OnlineServer.AccessToken);

        Assert.Empty(run.Errors);
        Assert.Single(run.Output);
    }

    [Fact]
    public void A_token_is_splatted_and_taken_from_the_default_parameter_values()
    {
        Register("OData");

        var run = server.Run(
            """
            $parameters = @{ ServerInstance = 'BC'; SessionId = 11; AccessToken = $token }
            Get-NAVServerSession @parameters
            $PSDefaultParameterValues = @{ '*-NAVServerSession:AccessToken' = $token }
            Get-NAVServerSession BC -SessionId 11 | Remove-NAVServerSession -Force
            """);

        Assert.Empty(run.Errors);
        Assert.Single(run.Output);
        Assert.DoesNotContain(11, server.Emulator.SessionIds());
    }

    [Theory]
    [InlineData("Get-NAVServerSession BC")]
    [InlineData("Remove-NAVServerSession BC -SessionId 11 -Force")]
    [InlineData("Test-NAVServerEndpoint BC")]
    public void A_token_as_plain_text_is_refused_without_being_shown(string command)
    {
        Register("Soap");

        var run = server.Run($"{command} -AccessToken $value", OnlineServer.AccessToken);

        Assert.Contains("'AccessToken'", run.Error.Exception.Message);
        Assert.Contains("SecureString", run.Error.Exception.Message);
        Assert.Empty(run.Output);
        Assert.DoesNotContain(OnlineServer.Mark, $"{run.Error} {run.Error.Exception} {run.Error.TargetObject}");
        Assert.Contains(11, server.Emulator.SessionIds());
    }

    [Fact]
    public void A_token_goes_unencrypted_to_another_computer_only_when_told_to()
    {
        server.Run("Register-NAVServerEndpoint Away http://no-such-host.invalid:7047/BC -Company C -CredentialType OAuth").IsSilent();

        var refused = server.Run("Get-NAVServerSession Away -AccessToken $token");
        Assert.Equal("UnencryptedAuthentication", Assert.Single(refused.ErrorIds));

        var tried = server.Run("Get-NAVServerSession Away -AccessToken $token -AllowUnencryptedAuthentication");
        Assert.Equal("HostNotFound", Assert.Single(tried.ErrorIds));
    }

    private void Register(string service)
    {
        var uri = service == "Soap" ? server.Emulator.Soap : server.Emulator.OData;
        server.Run(
            $"Register-NAVServerEndpoint BC {uri} -Service {service} -Company '{Emulator.Company}' -CredentialType OAuth "
            + $"{server.Grant} -TokenScope {Scope}").IsSilent();
    }
}
