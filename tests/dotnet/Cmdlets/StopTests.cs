using System.Management.Automation;
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
}
