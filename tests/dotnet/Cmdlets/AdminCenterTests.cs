using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>The sessions of an environment of Business Central online.</summary>
public sealed class AdminCenterTests
{
    [Fact]
    public void Sessions_are_listed_with_a_client_secret_and_what_they_work_on()
    {
        using var online = new OnlineServer();

        var run = online.Run("Get-NAVServerSession Contoso -Credential $credential");

        Assert.Empty(run.Errors);
        Assert.Equal(12, run.Output.Count);
        var anna = run.Dozen.Single(session => session.SessionID == 11);
        Assert.Equal(@"CRONUS\ANNA", anna.UserID);
        Assert.Equal("WebClient", anna.ClientType);
        Assert.Equal("Contoso", anna.ServerInstance);
        Assert.Equal("Production", anna.ServerInstanceName);
        Assert.Equal(DateTimeKind.Local, anna.LoginDatetime!.Value.Kind);
        Assert.Equal("OpenForm", anna.EntryPointOperation);
        Assert.Equal("Customer List", anna.EntryPointObjectName);
        Assert.Equal("22", anna.EntryPointObjectID);
        Assert.Equal("Page", anna.EntryPointObjectType);
        Assert.Equal("Customer List", anna.CurrentObjectName);
        Assert.Equal(22, anna.CurrentObjectID);
        Assert.Equal("Page", anna.CurrentObjectType);
        Assert.NotNull(anna.CurrentOperationDuration);
        // What this interface does not say.
        Assert.Null(anna.SessionUniqueID);
        Assert.Null(anna.ClientComputerName);
        Assert.Null(anna.DatabaseName);
        Assert.Null(anna.Tenant);
        Assert.False(anna.OwnSession);
    }

    [Fact]
    public void Rows_of_other_interfaces_do_not_say_what_they_work_on()
    {
        using var server = new NavServer();

        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();

        var work = row.Properties.Where(property => property.Name.StartsWith("EntryPoint") || property.Name.StartsWith("Current"));
        Assert.Equal(8, work.Count());
        Assert.All(work, property => Assert.Null(property.Value));
    }

    [Fact]
    public void A_row_from_another_process_still_says_what_it_works_on()
    {
        using var online = new OnlineServer();
        var row = online.Run("Get-NAVServerSession Contoso -Credential $credential -SessionId 11").Output.Single();

        var copy = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(row)));

        foreach (var property in row.Properties)
        {
            Assert.Equal(property.Value, copy.Properties[property.Name].Value);
        }
    }

    [Fact]
    public void Get_pipes_into_Remove()
    {
        using var online = new OnlineServer();

        online.Run(
            """
            Get-NAVServerSession Contoso -Credential $credential | Where-Object UserID -eq 'CRONUS\MARIA' |
                Remove-NAVServerSession -Credential $credential -Force
            """).IsSilent();

        online.HasNot(14, 15);
        Assert.Equal(10, online.SessionIds().Count);
    }

    [Theory]
    [InlineData("11")]
    [InlineData("-6574")]
    public void A_session_is_removed_by_its_id(string id)
    {
        using var online = new OnlineServer();

        online.Run($"Remove-NAVServerSession -ServerInstance Contoso -SessionId {id} -Credential $credential -Force").IsSilent();

        online.HasNot(int.Parse(id));
        Assert.Equal(11, online.SessionIds().Count);
    }

    [Fact]
    public void A_session_that_ends_later_is_gone_when_the_command_returns()
    {
        using var online = new OnlineServer("--ends-after-ms", "500");

        online.Run("Remove-NAVServerSession Contoso -SessionId 11 -Credential $credential -Force").IsSilent();

        online.HasNot(11);
    }

    [Fact]
    public void A_session_that_stays_is_an_error_and_the_others_go_on()
    {
        using var online = new OnlineServer("--stays", "14");

        var run = online.Run(
            "Remove-NAVServerSession Contoso -SessionId 14, 11 -Credential $credential -Wait -TimeoutSec 1 -Force");

        IsExplained(run.Error, "SessionStillPresent", "Session 14 on Contoso, environment Production");
        Assert.Equal([14], run.Targets);
        online.Has(14);
        online.HasNot(11);
    }

    [Fact]
    public void A_session_that_the_server_refuses_to_stop_is_an_error_in_its_words()
    {
        using var online = new OnlineServer("--refuses", "14");

        var run = online.Run("Remove-NAVServerSession Contoso -SessionId 14 -Credential $credential -Force");

        Assert.Contains("The session 14 could not be stopped", run.Error.ErrorDetails.Message);
        online.IsUntouched();
    }

    [Fact]
    public void A_session_that_is_another_by_now_is_left_alone()
    {
        using var online = new OnlineServer();

        var run = online.Run(
            """
            $row = Get-NAVServerSession Contoso -Credential $credential -SessionId 11
            $before = $row.LoginDatetime.AddHours(-1)
            [pscustomobject]@{ ServerInstance = 'Contoso'; SessionID = 11; LoginDatetime = $before } |
                Remove-NAVServerSession -Credential $credential -Force
            """);

        IsExplained(run.Error, "SessionChanged", "Session 11", "another one by now");
        online.IsUntouched();
    }

    [Fact]
    public void A_session_that_is_not_there_is_an_error_by_its_id_and_none_by_its_row()
    {
        using var online = new OnlineServer();

        var run = online.Run("Remove-NAVServerSession Contoso -SessionId 4711 -Credential $credential -Force");
        IsExplained(run.Error, "SessionNotFound", "There is no session 4711 on Contoso, environment Production");

        online.Run(
            """
            $row = Get-NAVServerSession Contoso -Credential $credential -SessionId 11
            Remove-NAVServerSession Contoso -SessionId 11 -Credential $credential -Force
            $row | Remove-NAVServerSession -Credential $credential -Force
            """).IsSilent();
    }

    [Fact]
    public void A_wrong_secret_is_an_error_in_the_words_of_Microsoft_Entra_with_what_to_do()
    {
        using var online = new OnlineServer();

        var run = online.Run(
            """
            Get-NAVServerSession Contoso -Credential $otherCredential
            Remove-NAVServerSession Contoso -SessionId 11 -Credential $otherCredential -Force
            """);

        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, error =>
        {
            IsExplained(error, "TokenRefused", "AADSTS7000215", "invalid_client", "Invalid client secret provided");
            Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
            Assert.Contains("client secret", error.ErrorDetails.RecommendedAction);
        });
        online.IsUntouched();
    }

    [Fact]
    public void A_token_that_is_not_accepted_is_an_error_that_says_to_get_a_new_one()
    {
        using var online = new OnlineServer();

        var run = online.Run("Get-NAVServerSession Contoso -AccessToken $otherToken");

        IsExplained(run.Error, "Unauthorized", "HTTP 401");
        Assert.Contains("new access token", run.Error.ErrorDetails.RecommendedAction);
        Assert.Equal(401, Assert.IsType<NavSessionException>(run.Error.Exception).HttpStatus);
    }

    [Fact]
    public void An_environment_that_is_not_there_is_an_error_that_names_it()
    {
        using var online = new OnlineServer();
        online.Register(environment: "Sandbox 1");

        var run = online.Run(
            """
            Get-NAVServerSession Contoso -Credential $credential
            Remove-NAVServerSession Contoso -SessionId 11 -Credential $credential -Force
            """);

        Assert.Equal(2, run.Errors.Count);
        Assert.All(run.Errors, error =>
        {
            IsExplained(error, "EnvironmentNotFound", "Sandbox 1");
            Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category);
        });
        online.IsUntouched();
    }

    [Fact]
    public void An_app_that_may_not_administer_is_told_what_it_lacks()
    {
        using var online = new OnlineServer();
        using var forbidding = new CannedServer(
            403, "application/json", """{"code":"Unknown","message":"The application is not authorized."}""");
        online.Register(uri: forbidding.Uri);

        var run = online.Run("Remove-NAVServerSession Contoso -SessionId 11 -Credential $credential -Force");

        IsExplained(run.Error, "PermissionDenied", "The application is not authorized");
        Assert.Equal(ErrorCategory.PermissionDenied, run.Error.CategoryInfo.Category);
        Assert.Contains("AdminCenter.ReadWrite.All", run.Error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void The_tenant_names_the_Entra_tenant_and_goes_from_a_row_into_Remove()
    {
        using var online = new OnlineServer();
        online.Register($"-EntraTenant else.example -Authority {online.Emulator.Authority}");

        var elsewhere = online.Run("Get-NAVServerSession Contoso -Credential $credential");
        IsExplained(elsewhere.Error, "TokenRefused", "else.example", "AADSTS90002");

        var rows = online.Run("Get-NAVServerSession Contoso -Tenant $value -Credential $credential", OnlineServer.EntraTenant);
        Assert.Empty(rows.Errors);
        Assert.All(rows.Dozen, row => Assert.Equal(OnlineServer.EntraTenant, row.Tenant));

        online.Run(
            """
            Get-NAVServerSession Contoso -Tenant $value -Credential $credential -SessionId 11 |
                Remove-NAVServerSession -Credential $credential -Force
            """,
            OnlineServer.EntraTenant).IsSilent();
        online.HasNot(11);
    }

    [Fact]
    public void WhatIf_and_a_prompt_that_is_denied_remove_nothing()
    {
        using var online = new OnlineServer(new Engine("No"));

        online.Run(
            """
            Get-NAVServerSession Contoso -Credential $credential | Remove-NAVServerSession -Credential $credential -WhatIf
            Remove-NAVServerSession Contoso -SessionId 11 -Credential $credential
            """).IsSilent();

        Assert.Equal(12, online.Engine.Host.Lines.Count);
        Assert.Single(online.Engine.Host.Questions);
        online.IsUntouched();
    }

    private static void IsExplained(ErrorRecord error, string id, params string[] words)
    {
        Assert.StartsWith($"{id},NavServerSession.Commands.", error.FullyQualifiedErrorId);
        Assert.All(words, word => Assert.Contains(word, error.ErrorDetails.Message));
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain(OnlineServer.Mark, error.ErrorDetails.Message + error.ErrorDetails.RecommendedAction);
    }
}
