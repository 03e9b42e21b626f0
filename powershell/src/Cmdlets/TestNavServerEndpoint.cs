using System.Management.Automation;
using NavServerSession.Native;

namespace NavServerSession.Commands;

/// <summary>Says step by step whether a server instance can be reached and used.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NAVServerEndpoint", DefaultParameterSetName = ServerInstanceSet)]
[OutputType(typeof(CheckedStep), typeof(bool))]
public sealed class TestNavServerEndpoint : SignInCommand
{
    /// <summary>Writes nothing but whether all of it works.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process(string serverInstance, PipedObject? piped)
    {
        object target = piped is null ? serverInstance : InputObject!;
        try
        {
            using var check = new NavCheck(OptionsFor(serverInstance), Cancellation);
            var works = true;
            while (check.Next(serverInstance) is { } step)
            {
                WriteLog();
                if (Stopping)
                {
                    throw new PipelineStoppedException();
                }

                works &= step.Result != StepResult.Failed;
                if (!Quiet)
                {
                    WriteObject(step);
                }
            }

            if (Quiet)
            {
                WriteObject(works);
            }
        }
        catch (NavSessionException exception)
        {
            WriteLog();
            WriteError(exception, target);
        }
    }
}
