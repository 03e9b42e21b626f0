using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>What Remove-NAVServerSession -PassThru writes.</summary>
public sealed class PassThruTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Fact]
    public void An_object_is_written_for_each_session_that_was_removed()
    {
        var run = server.Run(
            "Get-NAVServerSession DynamicsNAV -Tenant default | Where-Object UserID -eq 'CRONUS\\MARIA' "
            + "| Remove-NAVServerSession -Force -PassThru");

        Assert.Empty(run.Errors);
        Assert.Equal([14, 15], Removed(run).Select(removed => removed.SessionID).Order());
        Assert.All(Removed(run), removed => Assert.Equal(RemovalOutcome.Removed, removed.Outcome));
        server.HasNot(14, 15);
    }

    [Fact]
    public void An_object_says_what_its_row_said()
    {
        var row = (Session)server.Run("Get-NAVServerSession dynamicsnav -Tenant default -SessionId 11").Output.Single().BaseObject;

        var removed = Assert.Single(Removed(server.Run("$value | Remove-NAVServerSession -Force -PassThru", row)));

        Assert.Equal("dynamicsnav", removed.ServerInstance);
        Assert.Equal("default", removed.Tenant);
        Assert.Equal(11, removed.SessionID);
        Assert.Equal(@"CRONUS\ANNA", removed.UserID);
        Assert.Equal("WebClient", removed.ClientType);
        Assert.Equal("PC042", removed.ClientComputerName);
        Assert.Equal(row.LoginDatetime, removed.LoginDatetime);
        Assert.Equal(row.SessionUniqueID, removed.SessionUniqueID);
    }

    [Fact]
    public void An_object_has_exactly_these_properties_in_this_order()
    {
        var removed = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -PassThru").Output.Single();

        // A session's Id would be taken for a tenant's by -Tenant, and a Count hides the number of objects.
        Assert.Equal(
            [
                "ServerInstance", "Tenant", "SessionID", "UserID", "ClientType", "ClientComputerName", "LoginDatetime",
                "SessionUniqueID", "Outcome",
            ],
            removed.Properties.Select(property => property.Name));
        Assert.Null(removed.Members["Id"]);
        Assert.Null(removed.BaseObject.GetType().GetProperty("Count"));
    }

    [Theory]
    [InlineData("[pscustomobject]@{ SessionID = '11'; 'User ID' = 'ANNA'; 'Client Type' = 'Web'; 'Client Computer Name' = 'PC'; 'Login Datetime' = [datetime]'2001-01-01' }")]
    [InlineData("[pscustomobject]@{ SessionID = 11; UserID = 'ANNA'; ClientType = 'Web'; ClientComputerName = 'PC'; LoginDatetime = '2001-01-01 00:00' }")]
    public void Rows_of_others_are_told_of_as_well(string row)
    {
        var removed = Assert.Single(Removed(server.Run($"{row} | Remove-NAVServerSession DynamicsNAV -Force -PassThru")));

        Assert.Equal(
            (11, "ANNA", "Web", "PC", new DateTime(2001, 1, 1)),
            (removed.SessionID, removed.UserID, removed.ClientType, removed.ClientComputerName, removed.LoginDatetime));
    }

    [Fact]
    public void Of_an_id_alone_an_object_says_what_was_given()
    {
        var removed = Assert.Single(Removed(server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -PassThru")));

        Assert.Equal(("DynamicsNAV", 11, RemovalOutcome.Removed), (removed.ServerInstance, removed.SessionID, removed.Outcome));
        Assert.Null(removed.UserID);
        Assert.Null(removed.Tenant);
    }

    [Fact]
    public void Of_an_id_that_was_asked_about_an_object_says_what_the_question_said()
    {
        using var asked = new NavServer("Yes");

        var removed = Assert.Single(Removed(asked.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -PassThru")));

        Assert.Equal((@"CRONUS\ANNA", "PC042"), (removed.UserID, removed.ClientComputerName));
        Assert.NotNull(removed.SessionUniqueID);
    }

    [Fact]
    public void A_row_whose_session_had_ended_before_is_told_of_as_not_found()
    {
        var row = server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11").Output.Single();
        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force").IsSilent();

        var run = server.Run("$value | Remove-NAVServerSession -Force -PassThru", row);

        Assert.Empty(run.Errors);
        Assert.Equal(RemovalOutcome.NotFound, Assert.Single(Removed(run)).Outcome);
    }

    [Fact]
    public void Nothing_is_written_of_a_session_that_is_not_gone()
    {
        using var refusing = new NavServer(new Engine("No"), "--refuses", "14", "--stays", "15");

        var run = refusing.Run(
            """
            Get-NAVServerSession DynamicsNAV | Where-Object OwnSession | Remove-NAVServerSession -Force -PassThru
            Remove-NAVServerSession DynamicsNAV -SessionId 14, 42, 4711 -Force -PassThru
            Remove-NAVServerSession DynamicsNAV -SessionId 15 -Wait -TimeoutSec 1 -Force -PassThru
            Remove-NAVServerSession DynamicsNAV -SessionId 11 -SessionUniqueId ([guid]::NewGuid()) -Force -PassThru
            Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -PassThru -WhatIf
            Remove-NAVServerSession DynamicsNAV -SessionId 11 -PassThru
            """);

        Assert.Empty(run.Output);
        Assert.Single(run.Warnings);
        Assert.Equal(
            ["OtherServerInstance", "RemovalRefused", "SessionChanged", "SessionNotFound", "SessionStillPresent"],
            run.ErrorIds.Order());
    }

    [Fact]
    public void Objects_are_counted_and_piped_on()
    {
        var run = server.Run(
            """
            $gone = Get-NAVServerSession DynamicsNAV | Where-Object ClientType -eq 'WindowsClient' | Remove-NAVServerSession -Force -PassThru
            $gone.Count
            @($gone | Where-Object Outcome -eq Removed).Count
            @(Get-NAVServerSession $gone[0].ServerInstance | Where-Object SessionID -lt 2001).Count
            @($gone | Remove-NAVServerSession -Force).Count
            """);

        Assert.Empty(run.Errors);
        Assert.Equal([3, 3, 9, 0], run.Output.Select(value => value.BaseObject));
    }

    private static List<RemovedSession> Removed(Run run) => [.. run.Output.Select(row => Assert.IsType<RemovedSession>(row.BaseObject))];
}
