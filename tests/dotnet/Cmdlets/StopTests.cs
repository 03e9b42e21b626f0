using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class StopTests
{
    [Theory]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Force")]
    [InlineData("Get-NAVServerSession DynamicsNAV")]
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
}
