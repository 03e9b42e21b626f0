using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>Which sessions Get-NAVServerSession is asked for.</summary>
public sealed class FilterTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData("-SessionId 11, 14", 11, 14)]
    [InlineData("-SessionId '11', 14L, -6574", -6574, 11, 14)]
    [InlineData("-SessionId 11, 11", 11)]
    [InlineData(@"-UserId cronus\maria", 14, 15)]
    [InlineData("-UserId *anna, *t?m", -6574, 11, 19)]
    [InlineData("-UserId \"*O'NEIL\"", 26)]
    [InlineData("-UserId 'cronus\\[N-O]*'", 2, 3, 26)]
    [InlineData("-ClientType tablet, Nas", 2, 15)]
    [InlineData("-ClientType windows*", 5, 7, 19)]
    [InlineData("-ClientComputerName PC042", 11, 26)]
    [InlineData("-ClientComputerName pc0?3, TS*", -6574, 7, 19)]
    [InlineData("-OlderThan 1.0:00", 2, 3, 19)]
    [InlineData("-OlderThan '12:10:30.5'", -6574, 2, 3, 19)]
    [InlineData("-OlderThan ([timespan]::FromDays(1))", 2, 3, 19)]
    [InlineData("-UserId *tom -OlderThan 23:59 -ClientType WindowsClient", 19)]
    [InlineData("-SessionId 11, 14 -UserId *anna", 11)]
    [InlineData("-UserId NOBODY")]
    [InlineData("-UserId ANNA")]
    [InlineData("-ClientType *Sharepoint*")]
    [InlineData("-ClientComputerName 10.*")]
    [InlineData("-OlderThan 100.0:00")]
    [InlineData("-SessionId 4711 -UserId *")]
    public void A_list_holds_what_all_conditions_admit_and_says_nothing_of_what_matches_none(string options, params int[] ids)
    {
        var run = server.Run($"Get-NAVServerSession DynamicsNAV {options}");

        Assert.Empty(run.Errors);
        Assert.Equal(ids, run.Dozen.Select(row => row.SessionID).Order());
    }

    [Fact]
    public void The_own_session_is_left_out_where_that_is_asked_for()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV -ExcludeOwnSession");

        Assert.Equal(12, run.Dozen.Count);
        Assert.DoesNotContain(run.Output, row => ((Session)row.BaseObject).OwnSession);
    }

    [Fact]
    public void An_id_that_is_not_there_is_an_error_and_the_others_are_listed()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV -Tenant default -SessionId 4711, 11, 4712, 4711");

        Assert.Equal(11, ((Session)Assert.Single(run.Output).BaseObject).SessionID);
        Assert.Equal(["SessionNotFound", "SessionNotFound"], run.ErrorIds);
        Assert.Equal([4711, 4712], run.Targets);
        Assert.All(run.Errors, error => Assert.Equal(ErrorCategory.ObjectNotFound, error.CategoryInfo.Category));
        Assert.Equal(
            "There is no session 4711 on MicrosoftDynamicsNavServer$DynamicsNAV, tenant default.",
            run.Errors[0].Exception.Message);
    }

    [Theory]
    // PowerShell takes them for 3 millionths of a second, for days, and 24:00 for 24 days.
    [InlineData("30")]
    [InlineData("'30'")]
    [InlineData("'24:00'")]
    [InlineData("1.5")]
    [InlineData("'0:00'")]
    [InlineData("'-1:00'")]
    [InlineData("(-[timespan]::FromHours(1))")]
    [InlineData("[datetime]::Now")]
    [InlineData("$null")]
    [InlineData("''")]
    public void An_age_that_does_not_say_its_units_is_refused(string age)
    {
        var run = server.Run($"try {{ Get-NAVServerSession DynamicsNAV -OlderThan ({age}) }} catch {{ $_ }}");

        var error = Assert.IsType<ErrorRecord>(Assert.Single(run.Output).BaseObject);
        Assert.StartsWith("ParameterArgumentTransformationError", error.FullyQualifiedErrorId);
        Assert.Contains("such as 0:30 for half an hour", error.Exception.Message);
    }

    [Theory]
    [InlineData("-SessionId @()")]
    [InlineData("-SessionId $null")]
    [InlineData("-UserId @()")]
    [InlineData("-UserId $null")]
    [InlineData("-UserId ''")]
    [InlineData("-UserId 'CRONUS\\ANNA', ''")]
    [InlineData("-ClientType @()")]
    [InlineData("-ClientComputerName @()")]
    public void A_variable_that_holds_nothing_does_not_stand_for_all_sessions(string options)
    {
        var run = server.Run($"try {{ Get-NAVServerSession DynamicsNAV {options} }} catch {{ 'refused' }}");

        Assert.Equal("refused", Assert.Single(run.Output).BaseObject);
    }

    [Fact]
    public void A_pattern_that_is_none_is_an_error_that_says_how_to_write_it()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV -UserId 'A[1'");

        Assert.Empty(run.Output);
        Assert.Equal("InvalidPattern", Assert.Single(run.ErrorIds));
        Assert.Equal(ErrorCategory.InvalidArgument, run.Error.CategoryInfo.Category);
        Assert.Contains("'A[1'", run.Error.Exception.Message);
        Assert.Contains("A`[1`]", run.Error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void An_age_is_a_length_of_time_that_agrees_with_OlderThan_and_is_null_where_the_login_is_not_known()
    {
        var anna = (Session)server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single().BaseObject;
        Assert.InRange(anna.Age!.Value, TimeSpan.FromMinutes(191), TimeSpan.FromMinutes(194));

        using var canned = new CannedServer(
            200, "application/json", """{"value":[{"Session_ID":1},{"Session_ID":2,"Login_Datetime":"2999-01-01T00:00:00Z"}]}""");
        server.Endpoints.Write("DynamicsNAV", canned.Uri, service: "OData");
        var ages = server.Run("Get-NAVServerSession DynamicsNAV").Output.Select(row => ((Session)row.BaseObject).Age);
        Assert.Equal([null, TimeSpan.Zero], ages);
        server.Run("Get-NAVServerSession DynamicsNAV -OlderThan 0:01").IsSilent();
    }

    [Fact]
    public void Rows_are_looked_up_again_and_those_that_ended_are_left_out_in_silence()
    {
        server.Engine.Set("rows", server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11, 14, 15").Output);
        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 14 -Force").IsSilent();

        var run = server.Run("$rows | Get-NAVServerSession -Verbose");

        Assert.Empty(run.Errors);
        Assert.Equal([11, 15], run.Output.Select(row => ((Session)row.BaseObject).SessionID));
        Assert.Contains(run.Verbose, line => line.StartsWith("Session 14 on MicrosoftDynamicsNavServer$DynamicsNAV is not there"));
    }

    [Fact]
    public void A_row_whose_id_another_session_has_by_now_is_not_found()
    {
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();
        var other = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(row)));
        other.Properties.Remove("SessionID");
        other.Properties.Add(new PSNoteProperty("SessionID", 14));

        server.Run("$value | Get-NAVServerSession", other).IsSilent();
    }

    [Theory]
    [InlineData("[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = '11'; OwnSession = 'False'; LoginDatetime = '' }", "")]
    [InlineData("[pscustomobject]@{ SessionID = '11' }", "-ServerInstance DynamicsNAV")]
    [InlineData("(Get-NAVServerSession DynamicsNAV -SessionId 11)", "-UserId *ANNA")]
    [InlineData("(Get-NAVServerSession DynamicsNAV -SessionId 14)", "-SessionId 11")]
    public void A_row_in_any_form_is_looked_up_with_what_the_command_line_says(string row, string options)
    {
        var run = server.Run($"{row} | Get-NAVServerSession {options}");

        Assert.Empty(run.Errors);
        Assert.Equal(11, ((Session)Assert.Single(run.Output).BaseObject).SessionID);
    }

    [Fact]
    public void A_row_with_an_id_that_is_none_does_not_stand_for_all_sessions()
    {
        var run = server.Run("[pscustomobject]@{ ServerInstance = 'DynamicsNAV'; SessionID = 'abc' } | Get-NAVServerSession");

        Assert.Empty(run.Output);
        Assert.Equal("NotASession", Assert.Single(run.ErrorIds));
    }

    [Fact]
    public void The_newer_columns_are_read_by_the_names_with_spaces_too()
    {
        using var online = new OnlineServer();
        online.Register();

        var row = online.Run("Get-NAVServerSession Contoso -SessionId 11 -AccessToken $token").Output.Single();

        foreach (var name in new[]
        {
            "Session Unique ID", "Entry Point Operation", "Entry Point Object Name", "Entry Point Object ID",
            "Entry Point Object Type", "Current Object Name", "Current Object ID", "Current Object Type",
            "Current Operation Duration",
        })
        {
            var plain = row.Properties[name.Replace(" ", string.Empty)];
            Assert.NotNull(row.Members[name]);
            Assert.Equal(plain.Value, row.Properties[name].Value);
        }
    }

    [Fact]
    public void What_is_told_of_a_filtered_list_holds_no_secret()
    {
        using var online = new OnlineServer();
        online.Register();

        var run = online.Run("Get-NAVServerSession Contoso -UserId *anna -AccessToken $token -Verbose -Debug");

        Assert.Single(run.Output);
        Assert.NotEmpty(run.Verbose.Concat(run.Debug));
        Assert.DoesNotContain(run.Verbose.Concat(run.Debug), line => line.Contains(OnlineServer.Mark));
    }
}
