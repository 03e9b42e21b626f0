using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class RetryTests : IDisposable
{
    private readonly EndpointsFile endpoints = new();
    private readonly Engine engine = new();

    public void Dispose()
    {
        engine.Dispose();
        endpoints.Dispose();
    }

    [Theory]
    [InlineData("Get-NAVServerSession DynamicsNAV", 1)]
    [InlineData("Get-NAVServerSession DynamicsNAV -MaxRetries 2 -DelayBetweenRetries 0", 3)]
    [InlineData("Get-NAVServerSession DynamicsNAV -MaxRetries 0", 1)]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force", 1)]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -MaxRetries 3 -RetryMode Fixed -DelayBetweenRetries '00:00:00.001'", 4)]
    [InlineData("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force -MaxRetries 2 -RetryMode 1 -DelayBetweenRetries '00:00:00.001'", 3)]
    public void A_server_that_is_not_ready_is_asked_again_as_often_as_said(string script, int requests)
    {
        using var server = new CannedServer(503, "text/plain", "Starting");
        endpoints.Write("DynamicsNAV", server.Uri);

        // Without it, a server that is slow for once is asked whether it lives, and what it says to that is believed.
        var run = engine.Run($"{script} -NetworkTimeout 00:01:00");

        Assert.Equal(["ServerNotReady"], run.ErrorIds);
        Assert.Equal(requests, server.Requests);
    }

    [Fact]
    public void Each_retry_is_told_with_Verbose()
    {
        using var server = new CannedServer(503, "text/plain", "Starting");
        endpoints.Write("DynamicsNAV", server.Uri);

        var run = engine.Run("Get-NAVServerSession DynamicsNAV -MaxRetries 2 -RetryMode Fixed -DelayBetweenRetries 0 -Verbose");

        Assert.Equal(
            [
                "MicrosoftDynamicsNavServer$DynamicsNAV did not do it (HTTP 503). Asking again in 0.0 s, retry 1 of 2.",
                "MicrosoftDynamicsNavServer$DynamicsNAV did not do it (HTTP 503). Asking again in 0.0 s, retry 2 of 2.",
            ],
            run.Verbose.Where(line => line.Contains("again")));
    }

    [Theory]
    [InlineData("-MaxRetries -1")]
    [InlineData("-NetworkTimeout 0")]
    [InlineData("-NetworkTimeout 30")]
    [InlineData("-NetworkTimeout '-00:00:01'")]
    [InlineData("-DelayBetweenRetries '-00:00:01'")]
    [InlineData("-DelayBetweenRetries ([TimeSpan]::MaxValue)")]
    [InlineData("-RetryMode Sometimes")]
    public void A_value_that_cannot_be_meant_is_refused(string parameter)
    {
        var error = engine.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force {parameter}").Error;

        Assert.IsAssignableFrom<ParameterBindingException>(error.Exception);
        Assert.Contains(parameter.Split(' ')[0].TrimStart('-'), error.Exception.Message);
    }

    [Fact]
    public void A_server_that_does_not_answer_in_the_time_given_is_given_up()
    {
        using var server = new SilentServer();
        endpoints.Write("DynamicsNAV", server.Uri);

        var run = engine.Run("Get-NAVServerSession DynamicsNAV -NetworkTimeout '00:00:00.2'");

        Assert.Equal(["AnswerTimeout"], run.ErrorIds);
    }
}
