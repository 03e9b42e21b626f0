using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What an endpoint has beyond an address and a company.</summary>
public sealed class RegistrationTests : IDisposable
{
    private readonly EndpointsFile file = new();
    private readonly Engine engine = new();

    public void Dispose()
    {
        engine.Dispose();
        file.Dispose();
    }

    [Fact]
    public void An_endpoint_of_Business_Central_online_needs_its_environment_alone()
    {
        engine.Run("Register-NAVServerEndpoint Contoso -Environment Production").IsSilent();

        var endpoint = Assert.Single(List());
        Assert.Equal("Contoso", endpoint.ServerInstance);
        Assert.Equal(EndpointService.AdminCenter, endpoint.Service);
        Assert.Equal(EndpointCredentialType.OAuth, endpoint.CredentialType);
        Assert.Equal("Production", endpoint.Environment);
        Assert.Equal("https://api.businesscentral.dynamics.com", endpoint.Uri);
        Assert.Null(endpoint.Company);
        Assert.Null(endpoint.EntraTenant);
        Assert.Null(endpoint.ClientId);
        Assert.Null(endpoint.CAFile);
        Assert.False(endpoint.Ntlm);
        Assert.False(endpoint.Multitenant);
    }

    [Fact]
    public void Every_part_of_an_endpoint_online_is_kept_and_written_with_PassThru()
    {
        var run = engine.Run(
            "Register-NAVServerEndpoint Contoso -Environment 'Sandbox ö' -ApplicationFamily Fabrikam -ApiVersion v2.12 "
            + "-Uri https://api.example.com -EntraTenant contoso.onmicrosoft.com -ClientId app -Authority https://login.example.com "
            + "-TokenScope api://bc/.default -CAFile /etc/ssl/own.pem -PassThru");

        Assert.Empty(run.Errors);
        foreach (var endpoint in (Endpoint[])[(Endpoint)Assert.Single(run.Output).BaseObject, Assert.Single(List())])
        {
            Assert.Equal("Sandbox ö", endpoint.Environment);
            Assert.Equal("Fabrikam", endpoint.ApplicationFamily);
            Assert.Equal("v2.12", endpoint.ApiVersion);
            Assert.Equal("https://api.example.com", endpoint.Uri);
            HasGrant(endpoint);
            Assert.EndsWith("own.pem", endpoint.CAFile);
        }
    }

    [Fact]
    public void Every_part_of_an_endpoint_of_ones_own_is_kept()
    {
        engine.Run(
            "Register-NAVServerEndpoint BC https://bc01:7048/BC -Company CRONUS -Service OData -CredentialType OAuth "
            + "-EntraTenant contoso.onmicrosoft.com -ClientId app -Authority https://login.example.com "
            + "-TokenScope api://bc/.default; "
            + "Register-NAVServerEndpoint NAV http://nav01:7047/NAV -Company CRONUS -Ntlm").IsSilent();

        var bc = List().Single(endpoint => endpoint.ServerInstance == "BC");
        HasGrant(bc);
        Assert.False(bc.Ntlm);
        Assert.Null(bc.CAFile);
        Assert.Null(bc.Environment);
        var nav = List().Single(endpoint => endpoint.ServerInstance == "NAV");
        Assert.True(nav.Ntlm);
        Assert.Equal(EndpointCredentialType.Windows, nav.CredentialType);
    }

    [Theory]
    [InlineData("certificates/own.pem")]
    [InlineData("./certificates/own.pem")]
    [InlineData("../{0}/certificates/own.pem")]
    public void A_file_of_certificates_is_registered_as_it_is_named_from_the_current_location(string path)
    {
        var folder = Path.GetDirectoryName(file.Path)!;
        Directory.CreateDirectory(Path.Combine(folder, "certificates"));

        engine.Run(
            $"$null = $ExecutionContext.SessionState.Path.SetLocation('{folder}'); Register-NAVServerEndpoint NAV https://nav01/NAV -Company C "
            + $"-CAFile '{string.Format(path, Path.GetFileName(folder))}'").IsSilent();

        Assert.Equal(Path.Combine(folder, "certificates", "own.pem"), Assert.Single(List()).CAFile);
    }

    [Fact]
    public void A_new_registration_leaves_nothing_of_the_one_before()
    {
        engine.Run(
            "Register-NAVServerEndpoint A -Environment Production -EntraTenant contoso.onmicrosoft.com -ClientId app; "
            + "Register-NAVServerEndpoint A http://nav01/A -Company C -Force").IsSilent();

        var endpoint = Assert.Single(List());
        Assert.Equal(EndpointService.Soap, endpoint.Service);
        Assert.Null(endpoint.Environment);
        Assert.Null(endpoint.EntraTenant);
        Assert.Null(endpoint.ClientId);
    }

    [Theory]
    [InlineData("-Environment Production -Company C")]
    [InlineData("-Environment Production -Company C -Uri http://localhost/A")]
    [InlineData("-Environment Production -Service Soap")]
    [InlineData("-Environment Production -Ntlm")]
    [InlineData("-Environment Production -CredentialType Windows")]
    [InlineData("-Environment Production -Multitenant")]
    [InlineData("-Uri http://localhost/A -Company C -ApiVersion v2.29")]
    [InlineData("-Uri http://localhost/A -Company C -ApplicationFamily BusinessCentral")]
    public void Parts_of_both_kinds_of_endpoint_do_not_go_together(string parameters)
    {
        var run = engine.Run($"Register-NAVServerEndpoint A {parameters}");

        Assert.Equal("AmbiguousParameterSet", Assert.Single(run.ErrorIds));
        Assert.Empty(List());
    }

    [Theory]
    [InlineData("http://nav01/A -Company C -CredentialType NavUserPassword -Ntlm", "NavUserPassword", "NTLM")]
    [InlineData("-Environment Production -Authority http://login.example.com", "authority", "https")]
    [InlineData("-Environment Production -Authority https://user:s3cret-mark@login.example.com", "authority", "user name or password")]
    [InlineData("-Environment Production -Uri https://user:s3cret-mark@api.example.com", "address", "user name or password")]
    [InlineData("-Environment Production -Authority nonsense", "authority", "https://login.microsoftonline.com")]
    [InlineData("-Environment Production -ApiVersion 2.29", "2.29", "v2.29")]
    [InlineData("-Environment Production -ApiVersion v2", "v2", "v2.29")]
    [InlineData("-Environment ' '", "environment", "names no")]
    public void What_no_endpoint_can_be_is_an_error_and_nothing_is_registered(string parameters, params string[] words)
    {
        var run = engine.Run($"Register-NAVServerEndpoint A {parameters}");

        Assert.Equal("InvalidEndpoint", Assert.Single(run.ErrorIds));
        Assert.Equal(ErrorCategory.InvalidArgument, run.Error.CategoryInfo.Category);
        Assert.All(words, word => Assert.Contains(word, run.Error.ErrorDetails.Message));
        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("mark", run.Error.ErrorDetails.Message);
        Assert.False(File.Exists(file.Path));
    }

    [Theory]
    [InlineData("-WhatIf")]
    [InlineData("-Verbose")]
    [InlineData("-Confirm")]
    public void A_password_in_an_address_is_not_shown(string option)
    {
        using var asking = new Engine("Yes");

        var run = asking.Run($"Register-NAVServerEndpoint A http://user:s3cret-mark@nav01/A -Company C {option}");

        Assert.DoesNotContain(
            (string[])[.. asking.Host.Lines, .. asking.Host.Questions, .. run.Verbose, .. run.Errors.Select(error => error.ToString())],
            text => text.Contains("mark"));
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        engine.Run(
            "Register-NAVServerEndpoint A -Environment Production -CAFile own.pem -WhatIf; "
            + "Register-NAVServerEndpoint B https://nav01/B -Company C -EntraTenant contoso.onmicrosoft.com -WhatIf -PassThru").IsSilent();

        Assert.False(File.Exists(file.Path));
        Assert.Equal(
            [
                "What if: Performing the operation \"Register endpoint\" on target \"A (Production)\".",
                "What if: Performing the operation \"Register endpoint\" on target \"B (https://nav01/B)\".",
            ],
            engine.Host.Lines);
    }

    [Fact]
    public void Endpoints_pipe_into_Get_and_Unregister_whatever_their_kind()
    {
        engine.Run(
            "Register-NAVServerEndpoint A -Environment Production; Register-NAVServerEndpoint B http://nav01/B -Company C").IsSilent();

        Assert.Equal(2, engine.Run("Get-NAVServerEndpoint | Get-NAVServerEndpoint").Output.Count);
        engine.Run("Get-NAVServerEndpoint A | Unregister-NAVServerEndpoint").IsSilent();

        Assert.Equal("B", Assert.Single(List()).ServerInstance);
    }

    private static void HasGrant(Endpoint endpoint)
    {
        Assert.Equal(EndpointCredentialType.OAuth, endpoint.CredentialType);
        Assert.Equal("contoso.onmicrosoft.com", endpoint.EntraTenant);
        Assert.Equal("app", endpoint.ClientId);
        Assert.Equal("https://login.example.com", endpoint.Authority);
        Assert.Equal("api://bc/.default", endpoint.TokenScope);
    }

    private List<Endpoint> List() =>
        [.. engine.Run("Get-NAVServerEndpoint").Output.Select(endpoint => (Endpoint)endpoint.BaseObject)];
}
