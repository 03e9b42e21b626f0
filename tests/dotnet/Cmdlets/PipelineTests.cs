using System.Data;
using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class PipelineTests : IDisposable
{
    /// <summary>What Import-Csv makes of a file with a #TYPE line, as Windows PowerShell writes them.</summary>
    private const string ConvertFromTypedCsv =
        """
        function ConvertFrom-TypedCsv($type) {
            $row = [pscustomobject]@{ SessionID = '11' }
            $row.PSTypeNames.Clear()
            $row.PSTypeNames.Add($type)
            $row.PSTypeNames.Add("CSV:$type")
            $row
        }
        """;

    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void Rows_of_Get_pipe_into_Remove()
    {
        server.Run("Get-NAVServerSession DynamicsNAV | Where-Object UserID -eq 'CRONUS\\MARIA' | Remove-NAVServerSession -Force").IsSilent();

        server.HasNot(14, 15);
        Assert.Equal(10, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void Rows_know_the_tenant_they_were_asked_for()
    {
        using var multitenant = new NavServer(new Engine(), "--tenant", "one", "--tenant", "two");
        multitenant.Endpoints.Write("DynamicsNAV", multitenant.Emulator.Soap, multitenant: true);

        multitenant.Run("Get-NAVServerSession DynamicsNAV -Tenant two -SessionId 11 | Remove-NAVServerSession -Force").IsSilent();

        Assert.Contains(11, multitenant.Emulator.SessionIds("one"));
        Assert.DoesNotContain(11, multitenant.Emulator.SessionIds("two"));
    }

    [Fact]
    public void Data_rows_as_Microsofts_cmdlet_writes_them_are_taken()
    {
        server.Run("$value | Remove-NAVServerSession -Force", MicrosoftRows(11, 14)).IsSilent();

        server.HasNot(11, 14);
    }

    [Fact]
    public void Data_rows_are_taken_with_the_instance_on_the_command_line()
    {
        var rows = MicrosoftRows(11);
        rows[0].Table.Columns.Remove("ServerInstanceName");

        server.Run("$value | Remove-NAVServerSession DynamicsNAV -Force", rows).IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_with_the_spaced_names_of_NAV_2013_are_taken(bool isDeserialised)
    {
        var row = SpacedRow(11);
        object piped = isDeserialised ? PSSerializer.Deserialize(PSSerializer.Serialize(row)) : row;

        server.Run("$value | Remove-NAVServerSession -Force", piped).IsSilent();

        server.HasNot(11);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void Rows_with_spaced_names_are_told_of_in_the_question()
    {
        using var asked = new NavServer("No");

        asked.Run("$value | Remove-NAVServerSession", SpacedRow(11)).IsSilent();

        Assert.Equal(
            ["Remove session 11 (ANNA, Windows Client on PC042) from MicrosoftDynamicsNavServer$DynamicsNAV"],
            asked.Host.Questions);
    }

    [Fact]
    public void A_login_time_under_its_spaced_name_is_compared_where_it_says_its_zone()
    {
        var run = server.Run(
            "[pscustomobject]@{ 'Session ID' = 11; 'Login Datetime' = [datetime]::UtcNow } | Remove-NAVServerSession DynamicsNAV -Force");

        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        server.IsUntouched();
    }

    [Theory]
    [InlineData("[pscustomobject]@{ 'Session ID' = 'eleven'; 'Server Instance Name' = 'DynamicsNAV' }")]
    [InlineData("[pscustomobject]@{ 'Session ID' = 99999999999; 'Server Instance Name' = 'DynamicsNAV' }")]
    [InlineData("[pscustomobject]@{ 'Session ID' = $null; 'Server Instance Name' = 'DynamicsNAV' }")]
    public void A_spaced_id_that_is_none_is_refused_with_a_sentence(string row)
    {
        var run = server.Run($"{row} | Remove-NAVServerSession -Force");

        Assert.Equal("NotASession", Assert.Single(run.ErrorIds));
        Assert.Contains("is no whole number from -2147483648 to 2147483647", run.Error.Exception.Message);
        server.IsUntouched();
    }

    [Fact]
    public void Rows_of_a_table_are_taken_one_by_one_and_all_at_once()
    {
        server.Run("foreach ($row in $value.Rows) { $row | Remove-NAVServerSession -Force }", MicrosoftRows(11, 14)[0].Table).IsSilent();
        server.Run("$value | Remove-NAVServerSession -Force", MicrosoftRows(15, 19)[0].Table).IsSilent();
        server.Run("$value | Remove-NAVServerSession -Force", MicrosoftRows(23)[0].Table.DefaultView).IsSilent();

        server.HasNot(11, 14, 15, 19, 23);
    }

    [Fact]
    public void Deserialised_data_rows_are_taken()
    {
        var rows = PSSerializer.Deserialize(PSSerializer.Serialize(MicrosoftRows(11)[0]));

        server.Run("$value | Remove-NAVServerSession DynamicsNAV -Force", rows).IsSilent();

        server.HasNot(11);
    }

    [Fact]
    public void Deserialised_rows_are_taken_and_still_compared()
    {
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();
        var copy = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(row)));
        Assert.Equal("Deserialized.NavServerSession.Session", copy.TypeNames[0]);

        server.Run("$value | Remove-NAVServerSession -Force", copy).IsSilent();
        server.HasNot(11);

        var other = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(row)));
        other.Properties.Remove("SessionID");
        other.Properties.Add(new PSNoteProperty("SessionID", 14));
        var run = server.Run("$value | Remove-NAVServerSession -Force", other);
        Assert.Equal("SessionChanged", Assert.Single(run.ErrorIds));
        server.Has(14);
    }

    [Theory]
    // As Import-Csv, ConvertFrom-Json and Select-Object write them.
    [InlineData("[pscustomobject]@{ SessionID = '11'; ServerInstance = 'DynamicsNAV'; Tenant = ''; LoginDatetime = '11/22/2026 08:17:17'; SessionUniqueID = ''; OwnSession = 'False' }")]
    [InlineData("[pscustomobject]@{ SessionID = 11L; ServerInstanceName = 'DynamicsNAV'; Tenant = $null; LoginDatetime = $null; OwnSession = $false }")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'Selected.NavServerSession.Session'; SessionID = 11; ServerInstance = 'DynamicsNAV' }")]
    [InlineData("[pscustomobject]@{ sessionid = 11; serverinstance = 'dynamicsnav' }")]
    public void Property_bags_with_an_instance_and_an_id_are_taken(string row)
    {
        server.Run($"{row} | Remove-NAVServerSession -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ SessionID = '11' }")]
    [InlineData("(ConvertFrom-TypedCsv NavServerSession.Session)")]
    [InlineData("(ConvertFrom-TypedCsv Selected.NavServerSession.Session)")]
    [InlineData("(ConvertFrom-TypedCsv System.Management.Automation.PSCustomObject)")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'Selected.System.Data.DataRow'; SessionID = 11 }")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'Deserialized.Selected.NavServerSession.Session'; SessionID = 11 }")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'My.Row'; SessionID = 11 }")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([pscustomobject]@{ PSTypeName = 'My.Row'; SessionID = 11 }))")]
    public void Rows_are_taken_with_the_instance_on_the_command_line(string row)
    {
        server.Run($"{ConvertFromTypedCsv}\n{row} | Remove-NAVServerSession -ServerInstance DynamicsNAV -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ SessionID = '11'; ServerInstance = 'DynamicsNAV'; OwnSession = 'True' }")]
    [InlineData("[pscustomobject]@{ SessionID = 11; ServerInstance = 'DynamicsNAV'; OwnSession = $true }")]
    [InlineData("[pscustomobject]@{ 'Session ID' = 11; ServerInstance = 'DynamicsNAV'; ownsession = 'true' }")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([pscustomobject]@{ SessionID = 11; ServerInstance = 'DynamicsNAV'; OwnSession = $true }))")]
    public void A_row_that_says_it_is_the_own_session_is_left_alone_and_the_others_go_on(string row)
    {
        var run = server.Run($"{row}, [pscustomobject]@{{ SessionID = 14; ServerInstance = 'DynamicsNAV' }} | Remove-NAVServerSession -Force");

        Assert.Equal(
            "Session 11 on MicrosoftDynamicsNavServer$DynamicsNAV is the session of this command itself, and is left alone.",
            Assert.Single(run.Warnings));
        Assert.Empty(run.Errors);
        server.HasNot(14);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void The_own_session_is_left_alone_in_rows_that_came_from_another_process()
    {
        var rows = server.Run("Get-NAVServerSession DynamicsNAV").Output
            .Select(row => PSSerializer.Deserialize(PSSerializer.Serialize(row)))
            .ToArray();

        var run = server.Run("$value | Remove-NAVServerSession -Force", rows);

        Assert.Contains("is the session of this command itself", Assert.Single(run.Warnings));
        Assert.Empty(run.Errors);
        Assert.Empty(server.Emulator.SessionIds());
    }

    [Fact]
    public void Text_is_the_name_of_an_instance()
    {
        server.Run("'DynamicsNAV' | Remove-NAVServerSession -SessionId 11 -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; DisplayName = 'x'; State = 'Running' }")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; Id = [NavServerSession.TenantId]::new('default') }")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; Id = 'default' }")]
    [InlineData("'DynamicsNAV'")]
    public void Instances_and_tenants_pipe_into_Get(string source)
    {
        var run = server.Run($"{source} | Get-NAVServerSession");

        Assert.Empty(run.Errors);
        Assert.Equal(12, run.Dozen.Count);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; DisplayName = 'x'; State = 'Running' }")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'MicrosoftDynamicsNavServer$DynamicsNAV'; Id = [NavServerSession.TenantId]::new('default') }")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = 'default' }))")]
    public void Instances_and_tenants_pipe_into_Remove_with_the_id_on_the_command_line(string source)
    {
        server.Run($"{source} | Remove-NAVServerSession -SessionId 11, 14 -Force").IsSilent();

        server.HasNot(11, 14);
        Assert.Equal(10, server.Emulator.SessionIds().Count);
    }

    [Fact]
    public void A_tenant_of_another_modules_type_is_taken_by_its_text()
    {
        var run = server.Run(
            "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; Id = $value } | Get-NAVServerSession -SessionId 11", new ForeignTenantId());

        Assert.Empty(run.Errors);
        Assert.Equal("default", ((Session)Assert.Single(run.Output).BaseObject).Tenant);
    }

    [Theory]
    [InlineData("[System.Diagnostics.Process]::GetCurrentProcess()", "", "it has no property ServerInstance or ServerInstanceName")]
    [InlineData("[System.Diagnostics.Process]::GetCurrentProcess()", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("[System.Diagnostics.Process]::GetCurrentProcess()", "-ServerInstance DynamicsNAV -SessionId 11", "is no row of a list of sessions")]
    [InlineData("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize([System.Diagnostics.Process]::GetCurrentProcess()))", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("[pscustomobject]@{ PSTypeName = 'Selected.System.Diagnostics.Process'; SessionId = 11 }", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("(ConvertFrom-TypedCsv System.Diagnostics.Process)", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("(ConvertFrom-TypedCsv Selected.System.Diagnostics.Process)", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("11", "", "it has no property ServerInstance")]
    [InlineData("11", "-ServerInstance DynamicsNAV", "it has no property ServerInstance")]
    [InlineData("11", "-ServerInstance DynamicsNAV -SessionId 11", "it has no property ServerInstance")]
    [InlineData("[System.IO.FileInfo]::new('/etc/hosts')", "-ServerInstance DynamicsNAV", "it has no property ServerInstance")]
    [InlineData("@{ SessionID = 11; ServerInstance = 'DynamicsNAV' }", "", "it has no property ServerInstance")]
    [InlineData("[pscustomobject]@{ SessionID = 11 }", "", "-ServerInstance is not given")]
    [InlineData("[pscustomobject]@{ SessionID = 11; ServerInstance = '' }", "", "-ServerInstance is not given")]
    [InlineData("[pscustomobject]@{ ServerInstance = 'DynamicsNAV' }", "", "it has no property SessionID")]
    [InlineData("[pscustomobject]@{ Name = 'x' }", "-ServerInstance DynamicsNAV", "is no row of a list of sessions")]
    [InlineData("'Elsewhere'", "-ServerInstance DynamicsNAV -SessionId 11", "-ServerInstance is given as well")]
    [InlineData("$null", "-ServerInstance DynamicsNAV -SessionId 11", "$null was piped in")]
    public void What_is_no_session_is_refused_and_the_rest_of_the_pipeline_goes_on(string source, string options, string reason)
    {
        var run = server.Run(
            $"{ConvertFromTypedCsv}\n$row = Get-NAVServerSession DynamicsNAV -SessionId 14\n"
            + $"{source}, $row | Remove-NAVServerSession {options} -Force");

        Assert.Equal("NotASession,NavServerSession.Commands.RemoveNavServerSession", run.Error.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.InvalidType, run.Error.CategoryInfo.Category);
        Assert.Contains(reason, run.Error.Exception.Message);
        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        if (options.Contains("-SessionId"))
        {
            server.HasNot(11);
        }
        else
        {
            server.HasNot(14);
            server.Has(11);
        }
    }

    [Fact]
    public void What_is_refused_is_the_target_of_the_error()
    {
        var file = new FileInfo("/etc/hosts");

        var run = server.Run("$value | Remove-NAVServerSession -ServerInstance DynamicsNAV -Force", file);

        Assert.Same(file, Assert.Single(run.Targets));
    }

    [Theory]
    [InlineData("[System.Diagnostics.Process]::GetCurrentProcess()", "Get-NAVServerSession")]
    [InlineData("11", "Get-NAVServerSession")]
    [InlineData("'Elsewhere'", "Get-NAVServerSession -ServerInstance DynamicsNAV")]
    [InlineData("[System.IO.FileInfo]::new('/etc/hosts')", "Unregister-NAVServerEndpoint")]
    public void What_names_no_instance_is_refused(string source, string command)
    {
        var run = server.Run($"{source} | {command}");

        Assert.Equal("NotAServerInstance", Assert.Single(run.ErrorIds));
        Assert.Equal(ErrorCategory.InvalidType, run.Error.CategoryInfo.Category);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void The_hidden_parameter_for_piped_objects_takes_them_from_the_pipeline_only()
    {
        var run = server.Run("Remove-NAVServerSession -InputObject ([pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 11 }) -Force");

        Assert.Equal("InputObjectNotPiped", Assert.Single(run.ErrorIds));
        server.IsUntouched();
    }

    [Theory]
    [InlineData("'99999999999'")]
    [InlineData("2147483648")]
    [InlineData("'abc'")]
    [InlineData("$null")]
    [InlineData("''")]
    [InlineData("11.5")]
    public void A_row_with_an_id_that_is_none_is_an_error_and_the_rest_of_the_pipeline_goes_on(string id)
    {
        var run = server.Run(
            $"[pscustomobject]@{{ ServerInstance = 'DynamicsNAV'; SessionID = {id} }}, "
            + "[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 14 } | Remove-NAVServerSession -Force");

        Assert.Contains("a session id is a whole number from -2147483648 to 2147483647", run.Error.Exception.Message);
        server.HasNot(14);
        Assert.Equal(11, server.Emulator.SessionIds().Count);
    }

    private static DataRow[] MicrosoftRows(params int[] ids)
    {
        var table = new DataTable();
        table.Columns.Add("ServerInstanceID", typeof(int));
        table.Columns.Add("SessionID", typeof(int));
        table.Columns.Add("UserSID", typeof(string));
        table.Columns.Add("ServerInstanceName", typeof(string));
        table.Columns.Add("ServerComputerName", typeof(string));
        table.Columns.Add("UserID", typeof(string));
        table.Columns.Add("ClientType", typeof(string));
        table.Columns.Add("ClientComputerName", typeof(string));
        table.Columns.Add("LoginDatetime", typeof(DateTime));
        table.Columns.Add("DatabaseName", typeof(string));
        foreach (var id in ids)
        {
            table.Rows.Add(1, id, "S-1-5", "DynamicsNAV", "SERVER", "ANNA", "WebClient", "PC042", new DateTime(2001, 1, 1), "DB");
        }

        return [.. table.Rows.Cast<DataRow>()];
    }

    /// <summary>A row as NAV 2013 named its columns.</summary>
    private static DataRow SpacedRow(int id)
    {
        var table = new DataTable();
        table.Columns.Add("Server Instance ID", typeof(int));
        table.Columns.Add("Session ID", typeof(int));
        table.Columns.Add("Server Instance Name", typeof(string));
        table.Columns.Add("User ID", typeof(string));
        table.Columns.Add("Client Type", typeof(string));
        table.Columns.Add("Client Computer Name", typeof(string));
        table.Columns.Add("Login Datetime", typeof(DateTime));
        return table.Rows.Add(1, id, "DynamicsNAV", "ANNA", "Windows Client", "PC042", new DateTime(2001, 1, 1));
    }

    private sealed class ForeignTenantId
    {
        public override string ToString() => "default";
    }
}
