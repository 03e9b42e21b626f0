using System.Management.Automation;
using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

public sealed class StreamingTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly EndpointsFile endpoints = new();
    private readonly Engine engine = new();
    private readonly PagedServer server = new();

    public StreamingTests() => endpoints.Write("DynamicsNAV", server.Uri, service: "OData");

    public void Dispose()
    {
        server.Dispose();
        engine.Dispose();
        endpoints.Dispose();
    }

    [Fact]
    public async Task The_first_row_goes_out_while_the_server_holds_the_next_page_back()
    {
        using var output = new PSDataCollection<PSObject>();
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        output.DataAdded += (_, _) => first.TrySetResult();
        using var shell = engine.Shell("Get-NAVServerSession DynamicsNAV | ForEach-Object { $_.SessionID }");

        var running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        await first.Task.WaitAsync(Deadline);

        Assert.Equal(1, Assert.Single(output.ReadAll()).BaseObject);
        Assert.False(running.IsCompleted);
        server.Release();
        await Task.Run(() => shell.EndInvoke(running)).WaitAsync(Deadline);
        Assert.Equal(2, Assert.Single(output.ReadAll()).BaseObject);
    }

    [Fact]
    public async Task A_pipeline_that_has_enough_does_not_ask_for_the_next_page()
    {
        // Select-Object -First is not in the engine; a break out of the loop ends the pipeline just so.
        var run = await Task.Run(() => engine.Run(
            "foreach ($once in 1) { Get-NAVServerSession DynamicsNAV | ForEach-Object { $_.SessionID; break } }; 'goes on'"))
            .WaitAsync(Deadline);

        Assert.Equal([1, "goes on"], run.Output.Select(value => value.BaseObject));
        Assert.Empty(run.Errors);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public void The_common_variables_have_the_row_that_is_underway_all_rows_and_the_errors()
    {
        server.Release();

        var run = engine.Run(
            """
            'DynamicsNAV', 'Elsewhere' |
                Get-NAVServerSession -PipelineVariable row -OutVariable rows -ErrorVariable failures -ErrorAction SilentlyContinue |
                ForEach-Object { $_.SessionID -eq $row.SessionID }
            $rows.Count
            @($failures).Count
            $failures[0].FullyQualifiedErrorId
            """);

        Assert.Equal(
            [true, true, 2, 1, "EndpointNotFound,NavServerSession.Commands.GetNavServerSession"],
            run.Output.Select(value => value.BaseObject));
        Assert.Empty(run.Errors);
    }
}
