using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class RemoveTests
{
    [Fact]
    public void The_documented_example_removes_session_11()
    {
        using var server = new NavServer("Yes");
        server.Has(11);

        server.Run("Remove-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -SessionId 11").IsSilent();

        server.HasNot(11);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    [Theory]
    [InlineData("DynamicsNAV")]
    [InlineData("dynamicsnav")]
    [InlineData("MicrosoftDynamicsNavServer$DynamicsNAV")]
    [InlineData("MICROSOFTDYNAMICSNAVSERVER$dynamicsnav")]
    public void An_instance_is_known_by_its_full_and_its_short_name_in_any_casing(string name)
    {
        using var server = new NavServer();

        server.Run("Remove-NAVServerSession $value -SessionId 11 -Force", name).IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void It_works_over_OData_as_well()
    {
        using var server = new NavServer();
        server.Endpoints.Write("DynamicsNAV", server.Emulator.OData, service: "OData");

        server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Force").IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void The_tenant_decides_whose_session_is_removed()
    {
        using var server = new NavServer(new Engine(), "--tenant", "one", "--tenant", "two");
        server.Endpoints.Write("DynamicsNAV", server.Emulator.Soap, multitenant: true);

        server.Run("Remove-NAVServerSession DynamicsNAV -Tenant two -SessionId 11 -Force").IsSilent();

        Assert.Contains(11, server.Emulator.SessionIds("one"));
        Assert.DoesNotContain(11, server.Emulator.SessionIds("two"));
    }

    [Fact]
    public void Several_ids_are_removed_and_a_missing_one_stops_none_of_them()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 4711, -6574 -Force");

        Assert.Equal("SessionNotFound", Assert.Single(run.ErrorIds));
        server.HasNot(11, -6574);
    }

    [Fact]
    public void A_session_that_is_gone_is_an_error_for_who_typed_its_id()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -Tenant default -SessionId 4711 -Force");

        Assert.Equal("SessionNotFound,NavServerSession.Commands.RemoveNavServerSession", run.Error.FullyQualifiedErrorId);
        Assert.Equal(System.Management.Automation.ErrorCategory.ObjectNotFound, run.Error.CategoryInfo.Category);
        Assert.Equal([4711], run.Targets);
        Assert.Equal(
            "There is no session 4711 on MicrosoftDynamicsNavServer$DynamicsNAV, tenant default.", run.Error.ErrorDetails.Message);
        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        Assert.Equal(602, Assert.IsType<NavSessionException>(run.Error.Exception).Status);
    }

    [Fact]
    public void A_row_whose_session_has_ended_meanwhile_is_no_error()
    {
        using var server = new NavServer();
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();
        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force").IsSilent();

        var run = server.Run("$value | Remove-NAVServerSession -Force -Verbose", row);

        run.IsSilent();
        Assert.Contains("There is no session 11 on MicrosoftDynamicsNavServer$DynamicsNAV.", run.Verbose);
    }

    [Fact]
    public void An_id_that_another_session_has_by_now_removes_nothing()
    {
        using var server = new NavServer();

        var run = server.Run(
            "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 11; SessionUniqueID = [guid]::NewGuid() } "
            + "| Remove-NAVServerSession -Force");

        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        server.IsUntouched();
    }

    [Fact]
    public void A_login_time_that_is_another_removes_nothing()
    {
        using var server = new NavServer(new Engine(), "--no-session-unique-id");

        var run = server.Run(
            "$row = Get-NAVServerSession DynamicsNAV -SessionId 11; "
            + "Remove-NAVServerSession DynamicsNAV -SessionId 11 -LoginDatetime $row.LoginDatetime.AddSeconds(-5) -Force");

        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        server.IsUntouched();
    }

    [Theory]
    [InlineData("$row.LoginDatetime")]
    [InlineData("$row.LoginDatetime.ToUniversalTime()")]
    [InlineData("$row.LoginDatetime.ToUniversalTime().ToString('o')")]
    [InlineData("[datetimeoffset]$row.LoginDatetime")]
    public void A_login_time_that_says_its_zone_is_compared_as_the_time_it_means(string login)
    {
        using var server = new NavServer(new Engine(), "--no-session-unique-id");

        server.Run(
            "$row = Get-NAVServerSession DynamicsNAV -SessionId 11; "
            + $"Remove-NAVServerSession DynamicsNAV -SessionId 11 -LoginDatetime ({login}) -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("$null")]
    [InlineData("''")]
    [InlineData("[System.DBNull]::Value")]
    [InlineData("[datetime]'2001-01-01'")]
    [InlineData("'01/02/2001 03:04:05'")]
    public void A_login_time_without_a_zone_or_value_in_a_row_is_not_compared(string login)
    {
        using var server = new NavServer();

        server.Run(
            $"[pscustomobject]@{{ ServerInstance = 'DynamicsNAV'; SessionID = 11; LoginDatetime = {login} }} "
            + "| Remove-NAVServerSession -Force").IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void A_login_time_without_a_zone_on_the_command_line_is_not_compared_with_a_warning()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -LoginDatetime '2001-01-01 00:00' -Force");

        Assert.Contains("does not say which time zone", Assert.Single(run.Warnings));
        Assert.Empty(run.Errors);
        server.HasNot(11);
    }

    [Theory]
    [InlineData("$null")]
    [InlineData("''")]
    [InlineData("[System.DBNull]::Value")]
    [InlineData("[guid]::Empty")]
    [InlineData("'{00000000-0000-0000-0000-000000000000}'")]
    public void A_unique_id_that_stands_for_none_is_not_compared(string uniqueId)
    {
        using var server = new NavServer();

        server.Run(
            $"[pscustomobject]@{{ ServerInstance = 'DynamicsNAV'; SessionID = 11; SessionUniqueID = {uniqueId} }} "
            + "| Remove-NAVServerSession -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("$row.SessionUniqueID")]
    [InlineData("\"{$($row.SessionUniqueID.ToString().ToUpper())}\"")]
    public void The_unique_id_may_be_written_in_any_way(string uniqueId)
    {
        using var server = new NavServer();

        server.Run(
            "$row = Get-NAVServerSession DynamicsNAV -SessionId 11; "
            + $"Remove-NAVServerSession DynamicsNAV -SessionId 11 -SessionUniqueId {uniqueId} -Force").IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void The_session_of_the_command_itself_is_left_alone_with_a_warning()
    {
        using var server = new NavServer();

        var run = server.Run("Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force");

        Assert.Empty(run.Errors);
        Assert.Matches(
            @"^Session \d+ on MicrosoftDynamicsNavServer\$DynamicsNAV is the session of this command itself, and is left alone\.$",
            Assert.Single(run.Warnings));
        Assert.Empty(server.Emulator.SessionIds());
    }

    [Fact]
    public void The_session_of_the_command_itself_is_left_alone_when_only_the_server_knows_it()
    {
        using var server = new NavServer();

        // A connection is one session, and the command before left its connection behind.
        var run = server.Run(
            "$own = (Get-NAVServerSession DynamicsNAV | Where-Object OwnSession).SessionID\n"
            + "Remove-NAVServerSession DynamicsNAV -SessionId $own, 11 -Force");

        Assert.Empty(run.Errors);
        Assert.Contains("carries this very call", Assert.Single(run.Warnings));
        server.HasNot(11);
    }

    [Fact]
    public void A_session_of_another_instance_on_the_database_is_an_error_that_names_that_instance()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 42, 11 -Force");

        Assert.Equal("OtherServerInstance", Assert.Single(run.ErrorIds));
        Assert.Contains("'DynamicsNAV2'", run.Error.ErrorDetails.Message);
        server.HasNot(11);
    }

    [Fact]
    public void What_the_server_refuses_is_an_error_and_the_others_go_on()
    {
        using var server = new NavServer(new Engine(), "--refuses", "14");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14, 15 -Force");

        Assert.Equal("RemovalRefused", Assert.Single(run.ErrorIds));
        Assert.Equal([14], run.Targets);
        server.HasNot(11, 15);
        server.Has(14);
    }

    [Fact]
    public void An_id_on_the_command_line_decides_and_a_piped_row_gives_the_instance()
    {
        using var server = new NavServer();

        var run = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 14 | Remove-NAVServerSession -SessionId 11 -Force");

        run.IsSilent();
        server.HasNot(11);
        server.Has(14);
    }

    [Fact]
    public void The_verbose_stream_tells_what_is_removed_from_where()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -Verbose");

        Assert.Contains("Remove session 11 from MicrosoftDynamicsNavServer$DynamicsNAV", run.Verbose);
        Assert.Contains(run.Verbose, line => line.Contains(server.Emulator.Soap));
        Assert.Empty(server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 14 -Force").Verbose);
    }

    [Fact]
    public void The_debug_stream_tells_which_requests_are_made()
    {
        using var server = new NavServer();

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -Debug");

        Assert.Contains("Remove session 11 from MicrosoftDynamicsNavServer$DynamicsNAV", run.Debug);
        Assert.Contains(run.Debug, line => line.StartsWith("POST ") && line.Contains("HTTP 200"));
        Assert.Empty(server.Host.Questions);
    }

    [Fact]
    public void A_sign_in_with_user_name_and_password_is_made_with_what_was_given()
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var emulator = new Emulator(["--user", "ADMIN"], password: "pässwörd€");
        endpoints.Write("DynamicsNAV", emulator.Soap, credentialType: "NavUserPassword");
        const string credential =
            "[pscredential]::new('ADMIN', [System.Net.NetworkCredential]::new('', $value).SecurePassword)";

        var right = engine.Run($"Get-NAVServerSession DynamicsNAV -Credential ({credential})", "pässwörd€");
        var wrong = engine.Run($"Get-NAVServerSession DynamicsNAV -Credential ({credential})", "password");
        var none = engine.Run("Get-NAVServerSession DynamicsNAV");

        Assert.Empty(right.Errors);
        Assert.Equal(12, right.Dozen.Count);
        Assert.Equal("Unauthorized", Assert.Single(wrong.ErrorIds));
        Assert.Equal(401, Assert.IsType<NavSessionException>(wrong.Error.Exception).HttpStatus);
        Assert.Equal("CredentialRequired", Assert.Single(none.ErrorIds));
    }

    [Theory]
    [InlineData("'11'")]
    [InlineData("' 11 '")]
    [InlineData("11L")]
    [InlineData("11.0")]
    [InlineData("[decimal]11")]
    [InlineData("[byte]11")]
    [InlineData("'0x0B'")]
    [InlineData("@('11')")]
    [InlineData("[System.Collections.ArrayList]@(11L)")]
    public void An_id_may_be_any_kind_of_number_and_text(string id)
    {
        using var server = new NavServer();

        server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId ({id}) -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("-6574")]
    [InlineData("'-6574'")]
    public void An_id_may_be_negative(string id)
    {
        using var server = new NavServer();

        server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId {id} -Force").IsSilent();

        server.HasNot(-6574);
    }
}
