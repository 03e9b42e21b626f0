using NavServerSession.Tests.Stage;

namespace NavServerSession.Tests.Cmdlets;

/// <summary>A pipeline of which many rows meet a fault each.</summary>
public sealed class FaultTests
{
    /// <summary>The error of a row that meets the fault; none where its session is gone, or was before.</summary>
    private static readonly Dictionary<Fault, string> Errors = new()
    {
        [Fault.Changed] = "SessionChanged",
        [Fault.Refused] = "RemovalRefused",
        [Fault.OtherInstance] = "OtherServerInstance",
        [Fault.SoapFault] = "ServerFault",
        [Fault.ForbiddenByAPage] = "PermissionDenied",
        [Fault.ClosedBeforeItIsDone] = "RemovalUnknown",
        [Fault.Redirected] = "Redirected",
    };

    [Fact]
    public void Each_row_of_a_pipeline_full_of_faults_has_its_own_record_or_error()
    {
        var kinds = Enum.GetValues<Fault>();
        var faults = Enumerable.Range(1, 3 * kinds.Length).ToDictionary(id => id, id => kinds[id % kinds.Length]);
        using var server = new FaultyServer(faults);
        using var endpoints = new EndpointsFile();
        using var engine = new Engine();
        endpoints.Write("DynamicsNAV", server.Uri);

        var run = engine.Run("Get-NAVServerSession DynamicsNAV | Remove-NAVServerSession -Force -PassThru");

        var failing = faults.Where(session => Errors.ContainsKey(session.Value));
        Assert.Equal(
            failing.Select(session => (session.Key, Errors[session.Value])).Order(),
            run.Targets.Zip(run.ErrorIds, (target, id) => (Assert.IsType<Session>(target).SessionID, id)).Order());
        var ended = faults.Where(session => !Errors.ContainsKey(session.Value));
        Assert.Equal(
            ended.Select(session => (session.Key, session.Value == Fault.NotFound ? RemovalOutcome.NotFound : RemovalOutcome.Removed)).Order(),
            run.Output.Select(row => (RemovedSession)row.BaseObject).Select(row => (row.SessionID, row.Outcome)).Order());
        Assert.Empty(run.Warnings);
        // Nothing is called removed that the server has not removed, and nothing else is gone.
        var removed = faults.Where(session => session.Value is Fault.None or Fault.ClosedAfterItIsDone);
        Assert.Equal(faults.Keys.Except(removed.Select(session => session.Key)).Order(), server.SessionIds.Order());
    }
}
