using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class EndpointTests : IDisposable
{
    private const string Registered =
        "Register-NAVServerEndpoint -ServerInstance 'MicrosoftDynamicsNavServer$DynamicsNAV' -Uri http://nav01:7047/DynamicsNAV -Company 'Crönus €'";

    private readonly EndpointsFile file = new();
    private readonly Engine engine = new();

    public void Dispose()
    {
        engine.Dispose();
        file.Dispose();
    }

    [Fact]
    public void What_is_registered_is_listed_with_its_defaults()
    {
        engine.Run(Registered).IsSilent();

        var endpoint = Assert.Single(List());
        Assert.Equal("DynamicsNAV", endpoint.ServerInstance);
        Assert.Equal(EndpointService.Soap, endpoint.Service);
        Assert.Equal("http://nav01:7047/DynamicsNAV", endpoint.Uri);
        Assert.Equal("Crönus €", endpoint.Company);
        Assert.Equal(EndpointCredentialType.Windows, endpoint.CredentialType);
        Assert.False(endpoint.Multitenant);
        Assert.Equal("SessionControl", endpoint.SessionControlService);
        Assert.Equal("ActiveSessions", endpoint.ActiveSessionsService);
        Assert.Equal(EndpointScope.User, endpoint.Scope);
        Assert.Equal(file.Path, endpoint.Path);
    }

    [Fact]
    public void Every_part_of_an_endpoint_is_kept_and_written_with_PassThru()
    {
        var run = engine.Run(
            "Register-NAVServerEndpoint BC https://bc01:7048/BC -Company CRONUS -Service OData -CredentialType NavUserPassword "
            + "-Multitenant -SessionControlService Control -ActiveSessionsService Sessions -PassThru");

        var endpoint = (Endpoint)Assert.Single(run.Output).BaseObject;
        Assert.Equal("BC", endpoint.ServerInstance);
        Assert.Equal(EndpointService.OData, endpoint.Service);
        Assert.Equal(EndpointCredentialType.NavUserPassword, endpoint.CredentialType);
        Assert.True(endpoint.Multitenant);
        Assert.Equal("Control", endpoint.SessionControlService);
        Assert.Equal("Sessions", endpoint.ActiveSessionsService);
    }

    [Fact]
    public void A_second_endpoint_of_a_name_needs_Force()
    {
        Register("NAV", "http://one:7047/NAV");

        var run = engine.Run("Register-NAVServerEndpoint nav http://two:7047/NAV -Company C");

        Assert.Equal("EndpointExists", Assert.Single(run.ErrorIds));
        Assert.Equal(ErrorCategory.ResourceExists, run.Error.CategoryInfo.Category);
        Assert.Equal("http://one:7047/NAV", Assert.Single(List()).Uri);

        engine.Run("Register-NAVServerEndpoint nav http://two:7047/NAV -Company C -Force").IsSilent();
        Assert.Equal("http://two:7047/NAV", Assert.Single(List()).Uri);
    }

    [Theory]
    [InlineData("", "NAV1 NAV2 Test")]
    [InlineData("NAV*", "NAV1 NAV2")]
    [InlineData("nav?", "NAV1 NAV2")]
    [InlineData("test", "Test")]
    [InlineData("'microsoftdynamicsnavserver$TEST'", "Test")]
    [InlineData("'MicrosoftDynamicsNavServer$nav*'", "NAV1 NAV2")]
    [InlineData("Test, NAV1", "Test NAV1")]
    [InlineData("Nothing*", "")]
    public void Endpoints_are_listed_by_full_and_short_names_and_wildcards(string name, string expected)
    {
        Register("NAV1", "http://a/NAV1");
        Register("NAV2", "http://a/NAV2");
        Register("Test", "http://a/Test");

        var run = engine.Run($"Get-NAVServerEndpoint {name}");

        Assert.Empty(run.Errors);
        Assert.Equal(expected, string.Join(' ', run.Output.Select(endpoint => ((Endpoint)endpoint.BaseObject).ServerInstance)));
    }

    [Fact]
    public void A_name_without_wildcards_that_is_not_registered_is_an_error()
    {
        Register("NAV", "http://a/NAV");

        var run = engine.Run("'Elsewhere', 'NAV' | Get-NAVServerEndpoint");

        Assert.Equal("EndpointNotFound", Assert.Single(run.ErrorIds));
        Assert.Equal(["Elsewhere"], run.Targets);
        Assert.Single(run.Output);
    }

    [Theory]
    [InlineData("'NAV'")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$NAV' }")]
    [InlineData("[pscustomobject]@{ ServerInstanceName = 'NAV' }")]
    [InlineData("(Get-NAVServerEndpoint NAV)")]
    public void Names_and_what_has_them_pipe_into_Get(string source)
    {
        Register("NAV", "http://a/NAV");
        Register("Other", "http://a/Other");

        var run = engine.Run($"{source} | Get-NAVServerEndpoint");

        Assert.Empty(run.Errors);
        Assert.Equal("NAV", ((Endpoint)Assert.Single(run.Output).BaseObject).ServerInstance);
    }

    [Fact]
    public void Unregistered_endpoints_are_gone_and_the_others_stay()
    {
        Register("NAV1", "http://a/NAV1");
        Register("NAV2", "http://a/NAV2");
        Register("NAV3", "http://a/NAV3");

        engine.Run("Unregister-NAVServerEndpoint 'MicrosoftDynamicsNavServer$nav1'; 'NAV2' | Unregister-NAVServerEndpoint").IsSilent();

        Assert.Equal("NAV3", Assert.Single(List()).ServerInstance);
        engine.Run("Get-NAVServerEndpoint | Unregister-NAVServerEndpoint").IsSilent();
        Assert.Empty(List());
    }

    [Fact]
    public void To_unregister_what_is_not_registered_is_an_error()
    {
        var run = engine.Run("Unregister-NAVServerEndpoint NAV");

        Assert.Equal("EndpointNotFound", Assert.Single(run.ErrorIds));
        Assert.Equal(["NAV"], run.Targets);
    }

    [Fact]
    public void WhatIf_registers_and_unregisters_nothing()
    {
        Register("NAV", "http://a/NAV");

        engine.Run("Register-NAVServerEndpoint Other http://a/Other -Company C -WhatIf; Unregister-NAVServerEndpoint NAV -WhatIf").IsSilent();

        Assert.Equal("NAV", Assert.Single(List()).ServerInstance);
        Assert.Equal(
            [
                "What if: Performing the operation \"Register endpoint\" on target \"Other (http://a/Other)\".",
                "What if: Performing the operation \"Unregister endpoint for User\" on target \"NAV\".",
            ],
            engine.Host.Lines);
    }

    [Theory]
    [InlineData("Register-NAVServerEndpoint NAV ftp://a/NAV -Company C", "InvalidEndpoint")]
    [InlineData("Register-NAVServerEndpoint NAV nonsense -Company C", "InvalidEndpoint")]
    [InlineData("Register-NAVServerEndpoint 'a/b' http://a/NAV -Company C", "InvalidServerInstance")]
    [InlineData("Register-NAVServerEndpoint NAV http://a/NAV -Company ' '", "InvalidEndpoint")]
    public void What_no_endpoint_can_be_is_an_error_and_nothing_is_registered(string command, string errorId)
    {
        var run = engine.Run(command);

        Assert.Equal(errorId, Assert.Single(run.ErrorIds));
        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        Assert.Empty(List());
    }

    [Fact]
    public void A_variable_that_is_set_in_the_session_is_obeyed_at_once()
    {
        using var other = new EndpointsFile();
        Register("Other", "http://a/Other");
        Assert.True(File.Exists(other.Path));

        var run = engine.Run("$env:NAV_SESSION_ENDPOINTS = $value; Get-NAVServerEndpoint", file.Path);

        Assert.Empty(run.Output);
    }

    private void Register(string name, string uri) =>
        engine.Run($"Register-NAVServerEndpoint {name} {uri} -Company C").IsSilent();

    private List<Endpoint> List() =>
        [.. engine.Run("Get-NAVServerEndpoint").Output.Select(endpoint => (Endpoint)endpoint.BaseObject)];
}
