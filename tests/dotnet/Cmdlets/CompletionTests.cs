using System.Management.Automation;
using System.Text.Json;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class CompletionTests : IDisposable
{
    private readonly NavServer server = new();

    public void Dispose() => server.Dispose();

    [Theory]
    [InlineData("Get-NAVServerSession ")]
    [InlineData("Get-NAVServerSession -ServerInstance dyn")]
    [InlineData("Remove-NAVServerSession 'Dy")]
    [InlineData("Test-NAVServerEndpoint ")]
    [InlineData("Get-NAVServerEndpoint ")]
    [InlineData("Unregister-NAVServerEndpoint ")]
    [InlineData("Register-NAVServerEndpoint d")]
    public void Registered_server_instances_are_offered(string line)
    {
        var offer = Assert.Single(Complete(line));

        Assert.Equal("DynamicsNAV", offer.CompletionText);
        Assert.Equal($"Soap {server.Emulator.Soap}, {Emulator.Company}", offer.ToolTip);
    }

    [Theory]
    [InlineData("Get-NAVServerSession Micro")]
    [InlineData("Get-NAVServerSession 'MicrosoftDynamicsNavServer$Dy")]
    [InlineData("Get-NAVServerSession \"micro")]
    public void A_full_name_is_offered_to_who_begins_one_and_is_quoted(string line)
    {
        Assert.Equal(["'MicrosoftDynamicsNavServer$DynamicsNAV'"], Texts(line));
    }

    [Fact]
    public void The_ids_of_the_sessions_are_offered_with_whose_they_are()
    {
        var offers = Complete("Remove-NAVServerSession DynamicsNAV -SessionId ");

        Assert.Equal(
            ["-6574", "2", "3", "5", "7", "8", "11", "14", "15", "19", "23", "26"],
            offers.Select(offer => offer.CompletionText).Where(id => Emulator.IsOneOfTheDozen(int.Parse(id))));
        var anna = offers.Single(offer => offer.CompletionText == "11");
        Assert.Equal(@"11 - CRONUS\ANNA", anna.ListItemText);
        Assert.Equal(@"CRONUS\ANNA, WebClient, PC042", anna.ToolTip);
    }

    [Theory]
    [InlineData("Get-NAVServerSession DynamicsNAV -SessionId 1", "11,14,15,19")]
    [InlineData("Get-NAVServerSession -SessionId 14, 2", "2,23,26")]
    public void The_ids_that_continue_what_is_typed_are_offered(string line, string ids)
    {
        // The instance may come behind as well.
        var behind = line.Contains("DynamicsNAV") ? string.Empty : " -ServerInstance DynamicsNAV";
        var completed = Complete(line + behind, line.Length);

        Assert.Equal(
            ids.Split(','),
            completed.Select(offer => offer.CompletionText).Where(id => Emulator.IsOneOfTheDozen(int.Parse(id))));
    }

    [Theory]
    [InlineData("-UserId ann", @"CRONUS\ANNA", "1 session")]
    [InlineData("-UserId cronus\\M", @"CRONUS\MARIA", "2 sessions")]
    [InlineData(@"-UserId 'CRONUS\O", @"'CRONUS\O''NEIL'", "1 session")]
    [InlineData(@"-UserId 'CRONUS\O''", @"'CRONUS\O''NEIL'", "1 session")]
    [InlineData("-ClientComputerName pc04", "PC042", "2 sessions")]
    public void Users_and_computers_are_offered_with_how_many_sessions_they_have(string argument, string text, string toolTip)
    {
        var offer = Assert.Single(Complete($"Get-NAVServerSession DynamicsNAV {argument}"));

        Assert.Equal(text, offer.CompletionText);
        Assert.Equal(toolTip, offer.ToolTip);
    }

    [Fact]
    public void What_is_offered_can_be_run_whatever_characters_it_has()
    {
        string[] users = ["A[1]", "B$x `*", "-Force", "C;D|E", "F\u2019G'H", "J,K", "@L", "#M", "N(O)"];
        var rows = users.Select((user, at) => new { Session_ID = at, User_ID = user });
        using var canned = new CannedServer(200, "application/json", JsonSerializer.Serialize(new { value = rows }));
        server.Endpoints.Write("DynamicsNAV", canned.Uri, service: "OData");

        var offers = Complete("Get-NAVServerSession DynamicsNAV -UserId ");

        Assert.Equal(users.Length, offers.Count);
        foreach (var offer in offers)
        {
            var run = server.Run($"Get-NAVServerSession DynamicsNAV -UserId {offer.CompletionText}");
            Assert.Equal(offer.ListItemText, ((Session)Assert.Single(run.Output).BaseObject).UserID);
        }
    }

    [Fact]
    public void Known_client_types_are_offered()
    {
        Assert.Equal(
            ["WebClient", "WebService", "WebServiceClient"],
            Texts("Get-NAVServerSession Elsewhere -ClientType we"));
    }

    [Fact]
    public void The_tenant_that_is_known_is_offered()
    {
        Assert.Equal(["default"], Texts("Get-NAVServerSession DynamicsNAV -Tenant "));
        Assert.Equal(["default"], Texts("Remove-NAVServerSession -Id d"));

        using var online = new OnlineServer();
        online.Register();
        var offer = Assert.Single(Complete(online.Engine, "Get-NAVServerSession Contoso -Tenant "));
        Assert.Equal(OnlineServer.EntraTenant, offer.CompletionText);
    }

    [Fact]
    public void The_sign_in_of_the_command_line_is_used_where_it_is_in_a_variable()
    {
        using var guarded = new Emulator(["--user", "ANNA"], password: "right");
        server.Endpoints.Write("DynamicsNAV", guarded.Soap, credentialType: "NavUserPassword");
        server.Engine.Set("right", new PSCredential("ANNA", OnlineServer.Secure("right")));
        server.Engine.Set("wrong", new PSCredential("ANNA", OnlineServer.Secure("wrong")));

        Assert.Contains("11", Texts("Get-NAVServerSession DynamicsNAV -Credential $right -SessionId 1"));
        foreach (var credential in new[] { "", "-Credential ANNA", "-Credential $wrong", "-Credential (Get-Credential)" })
        {
            Assert.Empty(Texts($"Get-NAVServerSession DynamicsNAV {credential} -SessionId 1"));
        }

        Assert.Empty(server.Host.Questions);
    }

    [Theory]
    [InlineData("Get-NAVServerSession Elsewhere -SessionId ")]
    [InlineData("Get-NAVServerSession -SessionId ")]
    [InlineData("Get-NAVServerSession 'a/b' -SessionId ")]
    [InlineData("Get-NAVServerSession $unknown -SessionId ")]
    public void What_is_not_known_is_not_offered_and_not_complained_of(string line)
    {
        Assert.Empty(Texts(line));
    }

    [Fact]
    public void A_broken_endpoints_file_is_not_complained_of()
    {
        server.Endpoints.Write("{");

        Assert.DoesNotContain("DynamicsNAV", Texts("Get-NAVServerSession -ServerInstance "));
        Assert.Empty(Texts("Get-NAVServerSession DynamicsNAV -SessionId "));
    }

    [Fact]
    public async Task A_silent_server_does_not_hold_up_the_person_who_types()
    {
        using var silent = new SilentServer();
        server.Endpoints.Write("DynamicsNAV", silent.Uri);

        // Far less than any call would wait for an answer.
        var offers = await Task.Run(() => Texts("Get-NAVServerSession DynamicsNAV -SessionId ")).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.True(silent.Request.IsCompletedSuccessfully);
        Assert.Empty(offers);
    }

    [Fact]
    public async Task What_came_before_the_time_was_up_is_offered()
    {
        using var paged = new PagedServer();
        server.Endpoints.Write("DynamicsNAV", paged.Uri, service: "OData");

        var offers = await Task.Run(() => Texts("Get-NAVServerSession DynamicsNAV -SessionId ")).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(["1"], offers);
        Assert.Equal(2, paged.Requests);
    }

    private IEnumerable<string> Texts(string line) => Complete(line).Select(offer => offer.CompletionText);

    private List<CompletionResult> Complete(string line, int? cursor = null) => Complete(server.Engine, line, cursor);

    private static List<CompletionResult> Complete(Engine engine, string line, int? cursor = null)
    {
        using var shell = engine.Shell(string.Empty);
        shell.Commands.Clear();
        var offers = CommandCompletion.CompleteInput(line, cursor ?? line.Length, null, shell).CompletionMatches;
        Assert.Empty(shell.Streams.Error);
        Assert.Empty(shell.Streams.Warning);
        Assert.Empty(engine.Host.Lines);
        // Where nothing is offered, the engine offers the names of files.
        return [.. offers.Where(offer => offer.ResultType == CompletionResultType.ParameterValue)];
    }
}
