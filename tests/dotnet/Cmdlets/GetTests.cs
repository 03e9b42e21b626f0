using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class GetTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void A_row_has_exactly_these_properties_in_this_order()
    {
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();

        Assert.Equal(
            [
                "ServerInstanceID", "SessionID", "UserSID", "ServerInstanceName", "ServerComputerName", "UserID", "ClientType",
                "ClientComputerName", "LoginDatetime", "DatabaseName", "SessionUniqueID", "OwnSession",
                "EntryPointOperation", "EntryPointObjectName", "EntryPointObjectID", "EntryPointObjectType",
                "CurrentObjectName", "CurrentObjectID", "CurrentObjectType", "CurrentOperationDuration",
                "Age", "ServerInstance", "Tenant",
            ],
            row.BaseObject.GetType().GetProperties().Select(property => property.Name));
        // A session's Id would be taken for a tenant's by -Tenant, and a Count hides the number of rows.
        Assert.Null(row.Members["Id"]);
        Assert.Null(row.Members["Count"]);
        // What -Property * and exports show.
        Assert.Equal(
            ["LoginTime"],
            row.Properties.Select(property => property.Name).Except(row.BaseObject.GetType().GetProperties().Select(p => p.Name)));
    }

    [Fact]
    public void A_row_from_another_process_has_the_same_properties_and_LoginTime()
    {
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();

        var copy = PSObject.AsPSObject(PSSerializer.Deserialize(PSSerializer.Serialize(row)));

        Assert.Equal(
            row.Properties.Select(property => property.Name).Order(),
            copy.Properties.Select(property => property.Name).Order());
        Assert.Equal(row.Properties["LoginTime"].Value, copy.Properties["LoginTime"].Value);
        Assert.Equal(row.Properties["Age"].Value, copy.Properties["Age"].Value);
    }

    [Fact]
    public void A_row_says_what_the_server_says()
    {
        var before = DateTime.Now;

        var session = (Session)server.Run("Get-NAVServerSession dynamicsnav -Tenant default -SessionId 11").Output.Single().BaseObject;

        Assert.Equal(11, session.SessionID);
        Assert.Equal(@"CRONUS\ANNA", session.UserID);
        Assert.Equal("WebClient", session.ClientType);
        Assert.Equal("PC042", session.ClientComputerName);
        Assert.Equal("DynamicsNAV", session.ServerInstanceName);
        Assert.NotNull(session.SessionUniqueID);
        Assert.False(session.OwnSession);
        Assert.Equal("dynamicsnav", session.ServerInstance);
        Assert.Equal("default", session.Tenant);
        Assert.Equal(DateTimeKind.Local, session.LoginDatetime!.Value.Kind);
        Assert.InRange(before - session.LoginDatetime.Value, TimeSpan.FromMinutes(191), TimeSpan.FromMinutes(193));
    }

    [Fact]
    public void A_server_without_unique_ids_leaves_them_out()
    {
        using var older = new NavServer(new Engine(), "--no-session-unique-id");

        var session = (Session)older.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single().BaseObject;

        Assert.Null(session.SessionUniqueID);
    }

    [Fact]
    public void The_session_of_the_call_is_marked_as_the_own_one()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV");
        var own = Assert.Single(run.Output.Select(row => (Session)row.BaseObject), session => session.OwnSession);

        Assert.Equal(12, run.Dozen.Count);
        Assert.DoesNotContain(own, run.Dozen);
        Assert.Null(own.Tenant);
    }

    [Fact]
    public void An_id_filters_also_where_it_is_negative_and_text()
    {
        var run = server.Run("Get-NAVServerSession DynamicsNAV -SessionId '-6574'");

        Assert.Equal(-6574, ((Session)Assert.Single(run.Output).BaseObject).SessionID);
    }

    [Fact]
    public void Force_is_taken_as_existing_scripts_give_it()
    {
        var run = server.Run("Get-NAVServerSession -ServerInstance DynamicsNAV -Tenant default -Force");

        Assert.Empty(run.Errors);
        Assert.Equal(12, run.Dozen.Count);
    }

    [Fact]
    public void Several_instances_are_listed_and_one_that_fails_stops_none()
    {
        var run = server.Run("'DynamicsNAV', 'Elsewhere', 'MicrosoftDynamicsNavServer$DynamicsNAV' | Get-NAVServerSession -SessionId 11");

        Assert.Equal("EndpointNotFound", Assert.Single(run.ErrorIds));
        Assert.Equal(["Elsewhere"], run.Targets);
        Assert.Equal(
            ["DynamicsNAV", "MicrosoftDynamicsNavServer$DynamicsNAV"],
            run.Output.Select(row => ((Session)row.BaseObject).ServerInstance));
    }

    [Fact]
    public void Rows_go_out_one_by_one_and_the_pipeline_can_end_early()
    {
        using var many = new NavServer(new Engine(), "--sessions", "5000");

        // Select-Object -First is not in the engine; a break out of the loop ends the pipeline just so.
        var run = many.Run("foreach ($once in 1) { Get-NAVServerSession DynamicsNAV | ForEach-Object { $_.SessionID; break } }; 'goes on'");

        Assert.Equal(2, run.Output.Count);
        Assert.Empty(run.Errors);
        Assert.Equal("goes on", run.Output[1].BaseObject);
    }

    [Fact]
    public void The_table_shows_who_is_where_since_when()
    {
        server.Run("Get-NAVServerSession DynamicsNAV | Where-Object { $_.SessionID -eq 11 -or $_.OwnSession } | Out-Default");

        var lines = string.Join('\n', server.Host.Lines).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToList();
        Assert.Matches(@"^SessionID\s+UserID\s+ClientType\s+ClientComputerName\s+LoginDatetime\s+Own$", Plain(lines[0]));
        Assert.Matches(@"^\s+11 CRONUS\\ANNA\s+WebClient\s+PC042\s+\d{4}-\d\d-\d\d \d\d:\d\d$", Plain(lines[2]));
        Assert.Matches(@"^\s+\d+ CRONUS\\SERVICE\s+WebService\s+\d{4}-\d\d-\d\d \d\d:\d\d \*$", Plain(lines[3]));
    }

    private static string Plain(string line) =>
        System.Text.RegularExpressions.Regex.Replace(line, @"\x1b\[[0-9;]*m", string.Empty).TrimEnd();
}
