using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What scripts written for Microsoft's cmdlets do, which must go on working.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void Removing_in_ForEach_Object_works()
    {
        var run = server.Run(
            """
            $i = 'DynamicsNAV'
            Get-NAVServerSession -ServerInstance $i | Where-Object OwnSession -eq $false | % { Remove-NAVServerSession -ServerInstance $i -SessionId $_.SessionID -Force }
            """);

        run.IsSilent();
        Assert.Empty(server.Emulator.SessionIds());
    }

    [Fact]
    public void Removing_in_a_foreach_loop_with_Force_and_Confirm_together_works()
    {
        server.Run(
            """
            foreach ($session in (Get-NAVServerSession -ServerInstance DynamicsNAV)) {
                if ($session.ClientType -eq 'WindowsClient') {
                    Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId $session.SessionID -Force -Confirm:$false
                }
            }
            """).IsSilent();

        server.HasNot(5, 7, 19);
        Assert.Equal(9, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void Splatting_works()
    {
        server.Run(
            """
            $parameters = @{ ServerInstance = 'DynamicsNAV'; Tenant = 'default'; SessionId = 11; Force = $true }
            Remove-NAVServerSession @parameters
            """).IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void Without_the_confirm_preference_nothing_is_asked()
    {
        server.Run("$ConfirmPreference = 'None'; Remove-NAVServerSession DynamicsNAV -SessionId 11").IsSilent();

        Assert.Empty(server.Host.Questions);
        server.HasNot(11);
    }

    [Theory]
    [InlineData("11", 11)]
    [InlineData(11L, 11)]
    [InlineData("-6574", -6574)]
    [InlineData(-6574L, -6574)]
    public void An_id_comes_as_text_as_a_long_or_negative(object id, int expected)
    {
        server.Run("Remove-NAVServerSession -ServerInstance DynamicsNAV -SessionId $value -Force", id).IsSilent();

        server.HasNot(expected);
    }

    [Fact]
    public void Get_pipes_into_Remove()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force");

        Assert.Empty(run.Errors);
        Assert.Empty(server.Emulator.SessionIds());
    }

    [Fact]
    public void Instances_and_tenants_pipe_into_both_commands()
    {
        var tenants = "[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; Id = 'default' }";

        Assert.Equal(12, server.Run($"{tenants} | Get-NAVServerSession").Dozen.Count);
        server.Run($"{tenants} | Remove-NAVServerSession -SessionId 11 -Force").IsSilent();
        server.Run("'DynamicsNAV' | Remove-NAVServerSession -SessionId 14 -Force").IsSilent();

        server.HasNot(11, 14);
    }

    [Theory]
    [InlineData(0, "Get-NAVServerSession DynamicsNAV -UserId nobody")]
    [InlineData(0, "Get-NAVServerSession DynamicsNAV -SessionId 4711 -ErrorAction SilentlyContinue")]
    [InlineData(1, "Get-NAVServerSession DynamicsNAV -SessionId 11")]
    [InlineData(3, "Get-NAVServerSession DynamicsNAV | Where-Object ClientType -eq 'WindowsClient'")]
    public void Rows_can_be_counted_whether_there_are_none_one_or_many(int count, string rows)
    {
        var run = server.Run($"({rows}).Count; @({rows}).Count");

        Assert.Equal([count, count], run.Output.Select(number => (int)number.BaseObject));
    }

    [Fact]
    public void Columns_are_read_in_any_casing_and_by_their_old_names()
    {
        var run = server.Run(
            """
            $row = Get-NAVServerSession DynamicsNAV -SessionId 11
            $row.sessionid, $row.USERID, $row.'User ID', $row.'client type', $row.'Client Computer Name', ($row.LoginTime -eq $row.LoginDatetime), ($row.'Login Datetime' -eq $row.LoginDatetime)
            """);

        Assert.Equal(
            [11, @"CRONUS\ANNA", @"CRONUS\ANNA", "WebClient", "PC042", true, true],
            run.Output.Select(value => value.BaseObject));
    }

    [Fact]
    public void An_age_filter_by_the_guessed_name_LoginTime_does_not_match_every_row()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV | Where-Object { $_.LoginTime -lt [datetime]::Now.AddDays(-2) } | % SessionID");

        Assert.Equal([2, 3], run.Output.Select(id => (int)id.BaseObject).Order());
    }

    [Theory]
    [InlineData("$_.ClientType -in @('WebService', 'NAS') -and -not $_.OwnSession", 2, 23)]
    [InlineData("$_.LoginDatetime -lt [datetime]::Now.AddMinutes(-24 * 60)", 2, 3, 19)]
    [InlineData("$_.Age -gt '1.00:00:00'", 2, 3, 19)]
    [InlineData("$_.'user id' -eq 'CRONUS\\TOM' -and $_.'Session ID' -lt 0", -6574)]
    public void Rows_are_filtered_by_what_they_say(string condition, params int[] ids)
    {
        var run = server.Run($"Get-NAVServerSession DynamicsNAV | Where-Object {{ {condition} }}");

        Assert.Equal(ids, run.Output.Select(row => ((Session)row.BaseObject).SessionID).Order());
    }

    [Fact]
    public void A_health_probe_fails_while_nothing_answers_and_returns_quietly_once_the_server_does()
    {
        const string probe = "try { Get-NAVServerSession -ServerInstance DynamicsNAV -ErrorAction Stop | Out-Null } catch { $_.FullyQualifiedErrorId }";
        using (var gone = new CannedServer(200, "text/plain", string.Empty))
        {
            server.Endpoints.Write("DynamicsNAV", gone.Uri);
        }

        Assert.StartsWith("ConnectionRefused,", (string)Assert.Single(server.Run(probe).Output).BaseObject);

        server.Endpoints.Write("DynamicsNAV", server.Emulator.Soap);
        server.Run(probe).IsSilent();
    }

    [Fact]
    public void A_session_that_is_already_gone_does_not_end_a_loop()
    {
        var run = server.Run(
            """
            foreach ($id in 11, 4711, 14) {
                Remove-NAVServerSession DynamicsNAV -SessionId $id -Force -ErrorAction SilentlyContinue
            }
            'done'
            """);

        Assert.Equal("done", Assert.Single(run.Output).BaseObject);
        server.HasNot(11, 14);
    }

    [Fact]
    public void Remove_writes_nothing_to_the_pipeline()
    {
        var run = server.Run("$written = @(Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force); $written.Count");

        Assert.Equal(0, Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public void Beside_Microsofts_module_it_is_called_by_the_modules_name_and_takes_the_rows_of_the_other()
    {
        var run = server.Run(
            """
            New-Module -Name Microsoft.Dynamics.Nav.Management {
                function Get-NAVServerSession {
                    $table = [System.Data.DataTable]::new()
                    'SessionID', 'ServerInstanceName', 'UserID' | ForEach-Object { [void] $table.Columns.Add($_) }
                    [void] $table.Rows.Add('11', 'DynamicsNAV', 'ANNA')
                    $table.Rows
                }
                function Remove-NAVServerSession { throw 'The other one was called.' }
            } | Import-Module -DisableNameChecking

            Get-NAVServerSession -ServerInstance DynamicsNAV | NavServerSession\Remove-NAVServerSession -Force
            """);

        run.IsSilent();
        server.HasNot(11);
    }

    [Fact]
    public void One_removal_that_fails_stops_none_of_the_others()
    {
        using var refusing = new NavServer(new Engine(), "--refuses", "14");

        var run = refusing.Run(
            "Get-NAVServerSession DynamicsNAV | Where-Object OwnSession -eq $false | Remove-NAVServerSession -Force "
            + "-ErrorAction SilentlyContinue; 'done'");

        Assert.Equal("done", Assert.Single(run.Output).BaseObject);
        Assert.Equal([14], refusing.Emulator.SessionIds());
    }
}
