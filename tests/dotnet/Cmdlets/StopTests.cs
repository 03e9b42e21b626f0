using System.Management.Automation;
using System.Management.Automation.Runspaces;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class StopTests
{
    [Theory]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force")]
    [InlineData("Get-NAVServerSession DynamicsNAV")]
    [InlineData("Test-NAVServerEndpoint DynamicsNAV")]
    [InlineData("Test-NAVServerEndpoint DynamicsNAV -Quiet")]
    public async Task Stop_ends_a_command_within_a_second_while_the_server_is_silent(string script)
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var shell = engine.Shell(script);
        using var silent = new SilentServer();
        endpoints.Write("DynamicsNAV", silent.Uri);
        var running = shell.BeginInvoke();
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(running.IsCompleted);

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(shell.Streams.Error);
    }

    [Fact]
    public async Task Stop_ends_a_check_within_a_second_while_the_host_takes_no_connection()
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var shell = engine.Shell("Test-NAVServerEndpoint DynamicsNAV");
        using var host = new UnreachableHost();
        using var output = new PSDataCollection<PSObject>();
        endpoints.Write("DynamicsNAV", host.Uri);
        var addressIsKnown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        output.DataAdded += (_, _) =>
        {
            if (output.Count == 2)
            {
                addressIsKnown.SetResult();
            }
        };
        var running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await addressIsKnown.Task.WaitAsync(TimeSpan.FromSeconds(30));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal(
            [EndpointStep.Endpoint, EndpointStep.Address],
            output.Select(row => ((CheckedStep)row.BaseObject).Step));
        Assert.Empty(shell.Streams.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_ends_a_wait_within_a_second_and_nothing_is_called_removed(bool isOnline)
    {
        using var online = new OnlineServer("--stays", "14");
        using var relay = new Relay(isOnline ? online.Emulator.AdminCenter : online.Emulator.Soap);
        if (isOnline)
        {
            online.Register(uri: relay.Uri);
        }
        else
        {
            online.Endpoints.Write("Contoso", relay.Uri);
        }

        using var shell = online.Engine.Shell(
            "Remove-NAVServerSession Contoso -SessionId 14 -Wait -TimeoutSec 20 -Force -Verbose "
            + (isOnline ? "-AccessToken $token" : string.Empty));
        var running = shell.BeginInvoke();
        // The removal, and then the list, again and again.
        await relay.Requests(4);

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(shell.Streams.Error);
        Assert.Contains(shell.Streams.Verbose, record => record.Message.StartsWith("Remove session 14 "));
        Assert.DoesNotContain(shell.Streams.Verbose, record => record.Message.StartsWith("Removed session"));
        Assert.Contains(14, isOnline ? online.SessionIds() : online.Emulator.SessionIds());
    }

    [Fact]
    public async Task Stop_says_on_the_host_that_nobody_knows_of_requests_that_were_not_answered()
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var silent = new SilentServer();
        using var shell = engine.Shell("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force");
        endpoints.Write("DynamicsNAV", silent.Uri);
        var running = shell.BeginInvoke();
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.StartsWith(
            "Remove-NAVServerSession was stopped. No session was removed before. ", Assert.Single(engine.Host.Warnings));
        // The second one may still have been on its way to a connection.
        Assert.Matches(@"Not known: session 11\b.*\(Get-NAVServerSession shows what is still there\)\.", engine.Host.Warnings[0]);
        Assert.Contains("14", engine.Host.Warnings[0]);
    }

    [Fact]
    public async Task Stop_says_on_the_host_what_was_removed_also_while_another_command_has_its_turn()
    {
        using var server = new NavServer();
        using var gate = new ManualResetEventSlim();
        using var shell = server.Engine.Shell(
            """
            & {
                11, 14, 4711 | ForEach-Object { [pscustomobject]@{ SessionID = $_; UserID = 'ANNA' } }
                $value.Set()
                while ($true) { Start-Sleep -Milliseconds 20 }
            } | Remove-NAVServerSession DynamicsNAV -Force -ThrottleLimit 1
            """,
            gate);
        var running = shell.BeginInvoke();
        Assert.True(gate.Wait(TimeSpan.FromSeconds(30)));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        // The answer of the last one may have been taken up already.
        Assert.Matches(
            @"^Remove-NAVServerSession was stopped\. 2 sessions were removed before\.( Not there any more: session 4711\.)?$",
            Assert.Single(server.Host.Warnings));
        server.HasNot(11, 14);
    }

    [Fact]
    public async Task Stop_gives_a_request_that_went_out_the_time_to_be_answered()
    {
        var told = new List<string>();
        // A computer that is busy may take longer than Stop waits, but not each time.
        foreach (var id in new[] { 11, 14, 15 })
        {
            told.Add(await StopDuring(id));
            if (!told[^1].Contains("Not known"))
            {
                break;
            }
        }

        // The answer may have come just before.
        Assert.Matches(
            @"^Remove-NAVServerSession was stopped\. (No session was removed before\. Removed: session \d+\.|1 session was removed before\.)$",
            told[^1]);
    }

    /// <summary>Stops the removal of a session that takes a while, and gives what was told of it.</summary>
    private static async Task<string> StopDuring(int id)
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "50");
        using var relay = new Relay(server.Emulator.Soap);
        using var shell = server.Engine.Shell($"Remove-NAVServerSession DynamicsNAV -SessionId {id} -Force");
        server.Endpoints.Write("DynamicsNAV", relay.Uri);
        var running = shell.BeginInvoke();
        await relay.Requests(1);

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(5));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        var told = Assert.Single(server.Host.Warnings);
        if (!told.Contains("Not known"))
        {
            server.HasNot(id);
        }

        return told;
    }

    [Fact]
    public async Task Stop_sends_nothing_that_was_not_sent_yet()
    {
        using var server = new NavServer(new Engine(), "--latency-ms", "100");
        using var relay = new Relay(server.Emulator.Soap);
        using var shell = server.Engine.Shell(
            "Remove-NAVServerSession DynamicsNAV -SessionId 11, 14, 15, 19 -Force -ThrottleLimit 1");
        server.Endpoints.Write("DynamicsNAV", relay.Uri);
        var running = shell.BeginInvoke();
        await relay.Requests(1);

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        server.Has(15, 19);
    }

    [Fact]
    public async Task Stop_ends_a_look_up_for_the_question_within_a_second_and_nobody_is_asked()
    {
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        using var silent = new SilentServer();
        using var shell = engine.Shell("Remove-NAVServerSession DynamicsNAV -SessionId 11");
        endpoints.Write("DynamicsNAV", silent.Uri);
        var running = shell.BeginInvoke();
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(engine.Host.Questions);
        // Nothing was sent, so there is nothing to tell.
        Assert.Empty(engine.Host.Warnings);
    }

    [Fact]
    public async Task Stop_ends_the_wait_for_a_token_within_a_second_and_says_that_nothing_was_sent()
    {
        using var online = new OnlineServer();
        using var silent = new SilentServer();
        var authority = new Uri(silent.Uri).GetLeftPart(UriPartial.Authority);
        online.Register($"-EntraTenant {OnlineServer.EntraTenant} -ClientId {OnlineServer.ClientId} -Authority {authority}");
        using var shell = online.Engine.Shell("Remove-NAVServerSession Contoso -SessionId 11 -Force -Credential $credential");
        var running = shell.BeginInvoke();
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal(
            "Remove-NAVServerSession was stopped. No session was removed before. Not removed: session 11.",
            Assert.Single(online.Engine.Host.Warnings));
        online.IsUntouched();
    }

    [Fact]
    public async Task A_host_without_an_interface_is_stopped_as_well()
    {
        using var endpoints = new EndpointsFile();
        using var silent = new SilentServer();
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        endpoints.Write("DynamicsNAV", silent.Uri);
        shell.AddScript($"Import-Module '{ModuleUnderTest.Manifest}'; Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force");
        var running = shell.BeginInvoke();
        await silent.Request.WaitAsync(TimeSpan.FromSeconds(30));

        await Task.Run(shell.Stop).WaitAsync(TimeSpan.FromSeconds(1));

        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Empty(shell.Streams.Error);
    }
}
