using System.Management.Automation;
using System.Management.Automation.Host;
using System.Text.RegularExpressions;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class CheckTests : IDisposable
{
    private static readonly EndpointStep[] StepsOfOnesOwn =
    [
        EndpointStep.Endpoint, EndpointStep.Address, EndpointStep.Port, EndpointStep.Tls, EndpointStep.Service,
        EndpointStep.SignIn, EndpointStep.Tenant, EndpointStep.Company, EndpointStep.Page, EndpointStep.Codeunit,
    ];

    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void An_endpoint_that_works_passes_each_step_and_no_session_is_harmed(string service)
    {
        server.Endpoints.Write("DynamicsNAV", Address(service), service);

        var run = server.Run("Test-NAVServerEndpoint dynamicsnav");

        Assert.Empty(run.Errors);
        Assert.Empty(run.Warnings);
        Assert.Equal(StepsOfOnesOwn, run.Steps.Select(step => step.Step));
        Assert.All(run.Steps, step =>
        {
            // There is no encryption to look at, and no tenant was named.
            var expected = step.Step is EndpointStep.Tls or EndpointStep.Tenant ? StepResult.Skipped : StepResult.Passed;
            Assert.Equal(expected, step.Result);
            Assert.Equal("dynamicsnav", step.ServerInstance);
            Assert.NotEmpty(step.Message!);
            Assert.Null(step.ErrorId);
            Assert.Null(step.RecommendedAction);
        });
        Assert.Contains(server.Endpoints.Path, run.Steps[0].Message);
        server.IsUntouched();
    }

    [Theory]
    [InlineData("-Credential $credential")]
    [InlineData("-AccessToken $token")]
    public void The_Admin_Center_API_has_an_environment_and_no_companion(string signIn)
    {
        using var online = new OnlineServer();

        var run = online.Run($"Test-NAVServerEndpoint Contoso {signIn}");

        Assert.Empty(run.Errors);
        Assert.Equal(
            [
                EndpointStep.Endpoint, EndpointStep.Address, EndpointStep.Port, EndpointStep.Tls, EndpointStep.Service,
                EndpointStep.SignIn, EndpointStep.Environment,
            ],
            run.Steps.Select(step => step.Step));
        Assert.All(run.Steps, step => Assert.NotEqual(StepResult.Failed, step.Result));
        Assert.Equal(StepResult.Passed, run.Steps[^1].Result);
        online.IsUntouched();
    }

    [Theory]
    [InlineData("-Credential $otherCredential", "Production", EndpointStep.SignIn, "TokenRefused")]
    [InlineData("-AccessToken $otherToken", "Production", EndpointStep.SignIn, "Unauthorized")]
    [InlineData("", "Production", EndpointStep.SignIn, "CredentialRequired")]
    [InlineData("-Credential $credential -AccessToken $token", "Production", EndpointStep.SignIn, "CredentialNotAccepted")]
    [InlineData("-Credential $credential -Tenant else.example", "Production", EndpointStep.SignIn, "TokenRefused")]
    [InlineData("-AccessToken $token", "Sandbox", EndpointStep.Environment, "EnvironmentNotFound")]
    public void What_does_not_work_online_is_told_at_its_step(
        string options, string environment, EndpointStep step, string errorId)
    {
        using var online = new OnlineServer();
        online.Register(environment: environment);

        FailsAt(step, errorId, online.Run($"Test-NAVServerEndpoint Contoso {options}"));
    }

    [Fact]
    public void An_app_that_may_not_administer_is_told_at_the_environment()
    {
        using var online = new OnlineServer();
        using var forbidding = new CannedServer(403, "application/json", """{"code":"Unknown","message":"Not authorized."}""");
        online.Register(uri: forbidding.Uri);

        var failed = FailsAt(
            EndpointStep.Environment, "PermissionDenied", online.Run("Test-NAVServerEndpoint Contoso -AccessToken $token"));

        Assert.Contains("AdminCenter.ReadWrite.All", failed.RecommendedAction);
    }

    [Fact]
    public void A_token_endpoint_that_does_not_answer_is_told_at_the_sign_in()
    {
        using var online = new OnlineServer();
        string nobody;
        using (var closed = new SilentServer())
        {
            nobody = new Uri(closed.Uri).GetLeftPart(UriPartial.Authority);
        }

        online.Register($"-EntraTenant {OnlineServer.EntraTenant} -Authority {nobody}");

        var failed = FailsAt(
            EndpointStep.SignIn, "ConnectionRefused", online.Run("Test-NAVServerEndpoint Contoso -Credential $credential"));

        Assert.Contains(nobody, failed.Message);
        Assert.DoesNotContain("server instance", failed.RecommendedAction);
    }

    [Fact]
    public void A_token_endpoint_that_is_none_is_told_at_the_sign_in()
    {
        using var online = new OnlineServer();
        using var other = new CannedServer(200, "text/html", "<html><body>Sign in</body></html>");
        online.Register($"-EntraTenant {OnlineServer.EntraTenant} -Authority {other.Uri}");

        var failed = FailsAt(
            EndpointStep.SignIn, "UnexpectedAnswer", online.Run("Test-NAVServerEndpoint Contoso -Credential $credential"));

        Assert.Contains("authority", failed.RecommendedAction);
    }

    [Fact]
    public void A_name_that_is_not_registered_fails_at_the_endpoint()
    {
        var failed = FailsAt(EndpointStep.Endpoint, "EndpointNotFound", server.Run("Test-NAVServerEndpoint Elsewhere"));

        Assert.Contains("'Elsewhere'", failed.Message);
        Assert.Contains("Register-NAVServerEndpoint", failed.RecommendedAction);
    }

    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void An_address_that_leads_nowhere_is_told_at_its_step(string service)
    {
        server.Endpoints.Write("DynamicsNAV", "http://no-such-host.invalid/NAV", service);
        FailsAt(EndpointStep.Address, "HostNotFound", server.Run("Test-NAVServerEndpoint DynamicsNAV"));

        string nobody;
        using (var closed = new SilentServer())
        {
            nobody = closed.Uri;
        }

        server.Endpoints.Write("DynamicsNAV", nobody, service);
        FailsAt(EndpointStep.Port, "ConnectionRefused", server.Run("Test-NAVServerEndpoint DynamicsNAV"));

        server.Endpoints.Write("DynamicsNAV", Address(service).Replace("http:", "https:"), service);
        FailsAt(EndpointStep.Tls, "TlsFailed", server.Run("Test-NAVServerEndpoint DynamicsNAV"));
    }

    [Theory]
    [InlineData("Soap", 500, "text/xml; charset=utf-8")]
    [InlineData("OData", 503, "application/json")]
    public void A_server_that_is_not_ready_is_told_at_the_service(string service, int status, string contentType)
    {
        const string message = "Microsoft Dynamics 365 Business Central Server is currently not ready to serve requests.";
        var body = service == "Soap"
            ? "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>s:Server</faultcode>"
                + $"<faultstring xml:lang=\"en-US\">{message}</faultstring></s:Fault></s:Body></s:Envelope>"
            : "{\"error\":{\"code\":\"Internal_ServerError\",\"message\":\"" + message + "\"}}";
        using var starting = new CannedServer(status, contentType, body);
        server.Endpoints.Write("DynamicsNAV", starting.Uri + "/DynamicsNAV", service);

        FailsAt(EndpointStep.Service, "ServerNotReady", server.Run("Test-NAVServerEndpoint DynamicsNAV"));
    }

    [Fact]
    public void Something_else_at_the_address_is_told_at_the_service()
    {
        using var other = new CannedServer(200, "text/html", "<html><body>Sign in</body></html>");
        server.Endpoints.Write("DynamicsNAV", other.Uri + "/DynamicsNAV", "OData");

        FailsAt(EndpointStep.Service, "UnexpectedAnswer", server.Run("Test-NAVServerEndpoint DynamicsNAV"));
    }

    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void A_password_is_told_at_the_sign_in(string service)
    {
        using var asking = new Emulator(["--user", "ADMIN"], password: "right");
        server.Endpoints.Write(
            "DynamicsNAV", service == "Soap" ? asking.Soap : asking.OData, service, credentialType: "NavUserPassword");
        const string test =
            "Test-NAVServerEndpoint DynamicsNAV -Credential ([pscredential]::new('ADMIN', $value))";

        FailsAt(EndpointStep.SignIn, "Unauthorized", server.Run(test, OnlineServer.Secure("wrong")));
        FailsAt(EndpointStep.SignIn, "CredentialRequired", server.Run("Test-NAVServerEndpoint DynamicsNAV"));
        Assert.DoesNotContain(server.Run(test, OnlineServer.Secure("right")).Steps, step => step.Result == StepResult.Failed);
    }

    [Theory]
    [InlineData("", "TenantRequired")]
    [InlineData("-Tenant three", "TenantNotFound")]
    public void A_tenant_is_told_at_its_step(string options, string errorId)
    {
        using var multitenant = new NavServer(new Engine(), "--tenant", "one", "--tenant", "two");
        multitenant.Endpoints.Write("DynamicsNAV", multitenant.Emulator.Soap, multitenant: true);

        FailsAt(EndpointStep.Tenant, errorId, multitenant.Run($"Test-NAVServerEndpoint DynamicsNAV {options}"));

        var works = multitenant.Run("[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = 'two' } | Test-NAVServerEndpoint");
        Assert.DoesNotContain(works.Steps, step => step.Result == StepResult.Failed);
    }

    [Fact]
    public void A_company_that_is_not_there_is_told_at_its_step()
    {
        server.Endpoints.Write("DynamicsNAV", server.Emulator.OData, "OData", company: "Nobody Ltd.");

        var failed = FailsAt(EndpointStep.Company, "CompanyNotFound", server.Run("Test-NAVServerEndpoint DynamicsNAV"));

        Assert.Contains("Nobody Ltd.", failed.Message);
    }

    [Theory]
    [InlineData("Soap", "ServerFault")]
    [InlineData("OData", "CompanionNotFound")]
    public void What_of_the_companion_is_not_published_is_told_at_its_step(string service, string errorId)
    {
        server.Endpoints.Write("DynamicsNAV", Address(service), service, activeSessionsService: "Missing");
        FailsAt(EndpointStep.Page, errorId, server.Run("Test-NAVServerEndpoint DynamicsNAV"));

        server.Endpoints.Write("DynamicsNAV", Address(service), service, sessionControlService: "Absent");
        FailsAt(EndpointStep.Codeunit, errorId, server.Run("Test-NAVServerEndpoint DynamicsNAV"));
    }

    [Theory]
    [InlineData("DynamicsNAV", true)]
    [InlineData("Elsewhere", false)]
    public void With_Quiet_it_is_one_Boolean(string serverInstance, bool works)
    {
        var run = server.Run($"Test-NAVServerEndpoint {serverInstance} -Quiet");

        Assert.Equal(works, Assert.Single(run.Output).BaseObject);
        Assert.Empty(run.Errors);
    }

    [Fact]
    public void With_Quiet_it_is_one_Boolean_for_each_name()
    {
        var run = server.Run("'DynamicsNAV', 'Elsewhere', 'DynamicsNAV' | Test-NAVServerEndpoint -Quiet");

        Assert.Equal([true, false, true], run.Output.Select(value => (bool)value.BaseObject));
    }

    [Theory]
    [InlineData("'DynamicsNAV'")]
    [InlineData("'MicrosoftDynamicsNavServer$DynamicsNAV'")]
    [InlineData("(Get-NAVServerEndpoint)")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; State = 'Running'; Version = '27.0' }")]
    [InlineData("(Get-NAVServerSession DynamicsNAV -SessionId 11)")]
    public void What_names_a_server_instance_pipes_in(string source)
    {
        var run = server.Run($"{source} | Test-NAVServerEndpoint");

        Assert.Empty(run.Errors);
        Assert.Equal(10, run.Steps.Count);
        Assert.DoesNotContain(run.Steps, step => step.Result == StepResult.Failed);
    }

    [Fact]
    public void What_names_none_is_an_error_and_the_others_are_checked()
    {
        var run = server.Run("42, 'DynamicsNAV' | Test-NAVServerEndpoint -Quiet");

        Assert.Equal("NotAServerInstance", Assert.Single(run.ErrorIds));
        Assert.Equal(true, Assert.Single(run.Output).BaseObject);
    }

    [Theory]
    [InlineData("Test-NAVServerEndpoint 'a/b'", "InvalidServerInstance")]
    [InlineData("Test-NAVServerEndpoint ''", "InvalidServerInstance")]
    [InlineData("Test-NAVServerEndpoint DynamicsNAV -Tenant \"a`nb\"", "InvalidTenant")]
    public void What_cannot_be_a_name_is_an_error(string command, string errorId)
    {
        var run = server.Run(command);

        Assert.Equal(errorId, Assert.Single(run.ErrorIds));
        Assert.Empty(run.Output);
    }

    [Fact]
    public void Steps_can_be_filtered_by_name()
    {
        var run = server.Run(
            "(Test-NAVServerEndpoint Elsewhere | Where-Object Result -eq Failed).Step; "
            + "Test-NAVServerEndpoint Elsewhere | Where-Object { $_.Result -eq 'Skipped' } | ForEach-Object { \"$($_.Step)\" }");

        Assert.Equal(StepsOfOnesOwn.Select(step => step.ToString()), run.Output.Select(value => value.ToString()));
    }

    [Fact]
    public void The_log_of_the_calls_is_written_and_no_question_asked()
    {
        var verbose = server.Run("Test-NAVServerEndpoint DynamicsNAV -Verbose");
        var debug = server.Run("Test-NAVServerEndpoint DynamicsNAV -Debug");

        Assert.Contains(verbose.Verbose, line => line.Contains(server.Emulator.Soap));
        Assert.Contains(debug.Debug, line => line.StartsWith("POST ") && line.Contains("HTTP 200"));
        Assert.Empty(server.Host.Questions);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void The_table_fits_the_window_and_breaks_no_word(int width)
    {
        server.Host.UI.RawUI.BufferSize = new Size(width, 1000);
        server.Host.UI.RawUI.WindowSize = new Size(width, 50);

        server.Run("Register-NAVServerEndpoint Away http://no-such-host.invalid:7047/NAV -Company C -CredentialType None").IsSilent();

        var run = server.Run("'DynamicsNAV', 'Away' | Test-NAVServerEndpoint | Out-Default; Test-NAVServerEndpoint Away");

        var lines = server.Host.Lines.SelectMany(text => text.Split('\n')).Select(Plain).Where(line => line.Length > 0).ToList();
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Equal(2, lines.Count(line => Regex.IsMatch(line, @"^\s*ServerInstance: (DynamicsNAV|Away)$")));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^Codeunit\s+Passed\s"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^Address\s+Failed\s"));
        // Every word stands on a line as a whole, in their order.
        var failed = run.Steps.Single(step => step.Result == StepResult.Failed);
        var shown = string.Join(' ', lines.Select(line => line.Trim())).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var words = $"{failed.Message} Recommendation: {failed.RecommendedAction}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(shown, "Failed") + 1;
        Assert.Equal(words, shown.Skip(at).Take(words.Length));
    }

    private static string Plain(string line) => Regex.Replace(line, @"\x1b\[[0-9;]*m", string.Empty).TrimEnd();

    /// <summary>One step failed, all before it did not, and those behind it were skipped; nothing is an error.</summary>
    private static CheckedStep FailsAt(EndpointStep step, string errorId, Run run)
    {
        Assert.Empty(run.Errors);
        var steps = run.Steps;
        var failed = Assert.Single(steps, checkedStep => checkedStep.Result == StepResult.Failed);
        Assert.Equal((step, errorId), (failed.Step, failed.ErrorId));
        Assert.NotEmpty(failed.Message!);
        Assert.NotEmpty(failed.RecommendedAction!);
        Assert.All(
            steps.SkipWhile(checkedStep => checkedStep != failed).Skip(1),
            skipped =>
            {
                Assert.Equal(StepResult.Skipped, skipped.Result);
                Assert.Null(skipped.ErrorId);
            });
        Assert.DoesNotContain(OnlineServer.Mark, failed.Message);
        return failed;
    }

    private string Address(string service) => service == "Soap" ? server.Emulator.Soap : server.Emulator.OData;
}
