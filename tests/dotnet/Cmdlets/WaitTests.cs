using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class WaitTests
{
    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void With_Wait_the_session_is_gone_when_the_command_returns(string service)
    {
        using var server = Server(service, "--ends-after-ms", "700");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11 -Force").IsSilent();
        // It is told to end, and does so later.
        server.Has(11);

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 14, 15 -Wait -Force").IsSilent();
        server.HasNot(14, 15);
    }

    [Fact]
    public void A_row_is_waited_for_too()
    {
        using var server = Server("Soap", "--ends-after-ms", "500");

        server.Run("Get-NAVServerSession DynamicsNAV -SessionId 11 | Remove-NAVServerSession -Wait -TimeoutSec 30 -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("Soap")]
    [InlineData("OData")]
    public void A_session_that_is_still_there_when_the_time_is_over_is_an_error(string service)
    {
        using var server = Server(service, "--stays", "14");

        var run = server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 14, 11 -Wait -TimeoutSec 1 -Force");

        Assert.Equal("SessionStillPresent", Assert.Single(run.ErrorIds));
        Assert.Contains("Session 14", run.Error.ErrorDetails.Message);
        Assert.NotEmpty(run.Error.ErrorDetails.RecommendedAction);
        Assert.Equal([14], run.Targets);
        server.HasNot(11);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("2147484")]
    public void A_time_that_cannot_be_waited_is_refused(string seconds)
    {
        using var server = Server("Soap");

        var run = server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 -Wait -TimeoutSec {seconds} -Force");

        Assert.Equal("ParameterArgumentValidationError", Assert.Single(run.ErrorIds));
        Assert.Contains(seconds, run.Error.Exception.Message);
        server.IsUntouched();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2147483")]
    public void The_ends_of_the_range_can_be_waited(string seconds)
    {
        using var server = Server("Soap");

        server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 -Wait -TimeoutSec {seconds} -Force").IsSilent();

        server.HasNot(11);
    }

    [Theory]
    [InlineData("-TimeoutSec 5", 1)]
    [InlineData("-TimeoutSec 5 -Wait:$false", 1)]
    [InlineData("-TimeoutSec 5 -Wait", 0)]
    [InlineData("-Wait", 0)]
    public void A_time_without_Wait_has_no_effect_and_a_warning_says_so(string options, int warnings)
    {
        using var server = Server("Soap");

        var run = server.Run($"Remove-NAVServerSession DynamicsNAV -SessionId 11 {options} -Force");

        Assert.Equal(warnings, run.Warnings.Count);
        Assert.All(run.Warnings, warning => Assert.Contains("-Wait", warning));
        Assert.Empty(run.Errors);
        server.HasNot(11);
    }

    [Fact]
    public void WhatIf_removes_nothing_and_does_not_wait()
    {
        using var server = Server("Soap", "--stays", "14");

        server.Run("Remove-NAVServerSession DynamicsNAV -SessionId 11, 14 -Wait -WhatIf").IsSilent();

        Assert.Equal(2, server.Host.Lines.Count);
        server.IsUntouched();
    }

    private static NavServer Server(string service, params string[] options)
    {
        var server = new NavServer(new Engine(), options);
        if (service == "OData")
        {
            server.Endpoints.Write("DynamicsNAV", server.Emulator.OData, "OData");
        }

        return server;
    }
}
