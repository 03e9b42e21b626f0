using System.Diagnostics;
using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class BadInputTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void An_unknown_instance_is_an_error_that_says_where_was_looked_and_how_to_register_it()
    {
        var run = server.Run("'Elsewhere', 'DynamicsNAV' | Remove-NAVServerSession -SessionId 11 -Force");

        IsExplained(run.Error, "EndpointNotFound", ErrorCategory.ObjectNotFound, "'Elsewhere'", server.Endpoints.Path);
        Assert.Contains("Register-NAVServerEndpoint -ServerInstance 'Elsewhere'", run.Error.ErrorDetails.RecommendedAction);
        Assert.Equal(["Elsewhere"], run.Targets);
        server.HasNot(11);
    }

    [Theory]
    [InlineData("no JSON", "line 1")]
    [InlineData("""{ "version": 1, "endpoints": { "DynamicsNAV": { "service": "Soap", "uri": "http://a/b", "company": "C", "colour": "red" } } }""", "colour")]
    [InlineData("""{ "version": 1, "endpoints": { "DynamicsNAV": { "service": "Telnet", "uri": "http://a/b", "company": "C" } } }""", "Telnet")]
    [InlineData("""{ "version": 9, "endpoints": {} }""", "version 9")]
    public void An_endpoints_file_that_is_none_is_an_error_that_says_where_it_is_wrong(string text, string place)
    {
        server.Endpoints.Write(text);

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force");

        IsExplained(run.Error, "EndpointsFileInvalid", ErrorCategory.InvalidData, server.Endpoints.Path, place);
        server.IsUntouched();
        Assert.Equal(text, File.ReadAllText(server.Endpoints.Path));
    }

    [Theory]
    [InlineData("99999999999", "'99999999999' is out of range")]
    [InlineData("'99999999999'", "'99999999999' is out of range")]
    [InlineData("-2147483649", "'-2147483649' is out of range")]
    [InlineData("1e300", "not a session id")]
    [InlineData("eleven", "'eleven' is not a session id")]
    [InlineData("11.5", "'11.5' is not a session id")]
    [InlineData("''", "'' is not a session id")]
    [InlineData("$true", "'True' is not a session id")]
    [InlineData("11, 99999999999", "'99999999999' is out of range")]
    public void An_id_that_no_session_can_have_is_an_error_that_says_the_range(string id, string message)
    {
        var run = server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId {id} -Force");

        Assert.Equal("ParameterArgumentTransformationError", Assert.Single(run.ErrorIds));
        Assert.Contains(message, run.Error.Exception.Message);
        Assert.Contains("from -2147483648 to 2147483647", run.Error.Exception.Message);
        server.IsUntouched();
    }

    [Theory]
    [InlineData("-SessionUniqueId nonsense", "is not the unique id of a session")]
    [InlineData("-LoginDatetime nonsense", "is not a date and time")]
    public void What_a_session_cannot_be_compared_with_is_an_error(string option, string message)
    {
        var run = server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 {option} -Force");

        Assert.Equal("ParameterArgumentTransformationError", Assert.Single(run.ErrorIds));
        Assert.Contains(message, run.Error.Exception.Message);
        server.IsUntouched();
    }

    [Fact]
    public void A_tenant_the_server_does_not_know_is_an_error_in_the_servers_words()
    {
        using var multitenant = new NavServer(new Engine(), "--tenant", "one", "--tenant", "two");
        multitenant.Endpoints.Write("DynamicsNAV", multitenant.Emulator.Soap, multitenant: true);

        var run = multitenant.Run(
            """
            [pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = 'three' }, [pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = 'two' } |
                Remove-NAVServerSession -SessionId 11 -Force
            """);

        IsExplained(run.Error, "TenantNotFound", ErrorCategory.ObjectNotFound, "three");
        Assert.Contains(11, multitenant.Emulator.SessionIds("one"));
        Assert.DoesNotContain(11, multitenant.Emulator.SessionIds("two"));
    }

    [Fact]
    public void A_multitenant_server_without_a_tenant_is_an_error_that_says_so()
    {
        server.Endpoints.Write("DynamicsNAV", server.Emulator.Soap, multitenant: true);

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force");

        IsExplained(run.Error, "TenantRequired", ErrorCategory.InvalidArgument, "tenant");
        Assert.Contains("-Tenant", run.Error.ErrorDetails.RecommendedAction);
        server.IsUntouched();
    }

    [Theory]
    // No class of fault is documented for it in SOAP, so there it is known by the server's words alone.
    [InlineData("Soap", "ServerFault", ErrorCategory.InvalidOperation)]
    [InlineData("OData", "CompanyNotFound", ErrorCategory.ObjectNotFound)]
    public void A_company_that_is_not_there_is_an_error(string service, string errorId, ErrorCategory category)
    {
        server.Endpoints.Write("DynamicsNAV", Address(service), service, company: "Nobody Ltd.");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force; Get-NAVServerSession DynamicsNAV");

        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, error => IsExplained(error, errorId, category, "Nobody Ltd."));
        server.IsUntouched();
    }

    [Theory]
    [InlineData("Soap", "ServerFault", ErrorCategory.InvalidOperation)]
    [InlineData("OData", "CompanionNotFound", ErrorCategory.NotInstalled)]
    public void A_companion_that_is_not_there_is_an_error(string service, string errorId, ErrorCategory category)
    {
        server.Endpoints.Write(
            "DynamicsNAV", Address(service), service, sessionControlService: "Absent", activeSessionsService: "Missing");

        var remove = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force");
        var get = server.Run("Get-NAVServerSession DynamicsNAV");

        IsExplained(remove.Error, errorId, category, "Absent");
        IsExplained(get.Error, errorId, category, "Missing");
        server.IsUntouched();
    }

    [Fact]
    public void A_server_that_is_not_running_is_an_error_for_each_session_at_once()
    {
        string address;
        using (var closed = new SilentServer())
        {
            address = closed.Uri;
        }

        server.Endpoints.Write("DynamicsNAV", address);
        var clock = Stopwatch.StartNew();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force");

        Assert.Equal(["ConnectionRefused", "ConnectionRefused"], run.ErrorIds);
        IsExplained(run.Errors[0], "ConnectionRefused", ErrorCategory.ConnectionError, new Uri(address).Authority);
        Assert.Equal([11, 14], run.Targets);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_host_that_is_out_of_reach_is_waited_for_once_and_reported_for_each_session()
    {
        using var host = new UnreachableHost();
        server.Endpoints.Write("DynamicsNAV", host.Uri);
        var clock = Stopwatch.StartNew();
        Assert.Equal("ConnectTimeout", Assert.Single(server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force").ErrorIds));
        var once = clock.Elapsed;
        clock.Restart();

        var run = server.Run("11, 14, 15 | % { [pscustomobject]@{ SessionID = $_ } } | Remove-NAVServerSession DynamicsNAV -Force");

        Assert.Equal(["ConnectTimeout", "ConnectTimeout", "ConnectTimeout"], run.ErrorIds);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, once * 1.5);
    }

    [Fact]
    public void Something_else_at_the_address_is_an_error_that_says_what_came_back()
    {
        server.Endpoints.Write("DynamicsNAV", server.Emulator.OData);

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force");

        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        server.IsUntouched();
    }

    [Fact]
    public void No_error_shows_a_stack_trace()
    {
        server.Run(
            """
            Remove-NAVServerSession Elsewhere -SessionId 11 -Force 2>&1 | Out-Default
            11 | Remove-NAVServerSession DynamicsNAV -Force 2>&1 | Out-Default
            Remove-NAVServerSession DynamicsNAV -SessionId 99999999999 -Force 2>&1 | Out-Default
            """);

        Assert.NotEmpty(server.Host.Lines);
        Assert.DoesNotContain(server.Host.Lines, line => line.Contains("   at ") || line.Contains("Exception"));
    }

    private static void IsExplained(ErrorRecord error, string id, ErrorCategory category, params string[] words)
    {
        Assert.StartsWith($"{id},NavServerSession.Commands.", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.All(words, word => Assert.Contains(word, error.ErrorDetails.Message));
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    private string Address(string service) => service == "Soap" ? server.Emulator.Soap : server.Emulator.OData;
}
