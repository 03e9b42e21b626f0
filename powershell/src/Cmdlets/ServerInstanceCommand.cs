using System.Management.Automation;
using NavServerSession.Completion;

namespace NavServerSession.Commands;

/// <summary>
/// What the commands share that take a server instance from the pipeline.
/// The binder would turn any object into text and take that for an instance's name. So only text binds by value;
/// every other object goes to a parameter set of its own, where it can be judged by what it is.
/// </summary>
public abstract class ServerInstanceCommand : NavCommand
{
    private protected const string ServerInstanceSet = "ServerInstance";
    private protected const string InputObjectSet = "InputObject";

    /// <summary>The server instance, by its full or its short name.</summary>
    [Parameter(
        ParameterSetName = ServerInstanceSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("ServerInstanceName")]
    [ArgumentCompleter(typeof(ServerInstanceCompleter))]
    // A row can have a blank one; what a blank name is, the library says.
    [AllowNull]
    [AllowEmptyString]
    public string? ServerInstance { get; set; }

    /// <summary>The piped object itself.</summary>
    // By property name as well, or the binder would settle for the other set before it has seen the object.
    [Parameter(
        ParameterSetName = InputObjectSet,
        Mandatory = true,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true,
        DontShow = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    private protected bool ServerInstanceIsOnCommandLine { get; private set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (IsOnCommandLine(nameof(InputObject)))
        {
            // The binder reads an object's properties only when it comes through the pipeline.
            var notPiped = new NavSessionException(
                "-InputObject takes objects from the pipeline only.",
                "InputObjectNotPiped",
                nameof(ErrorCategory.InvalidArgument),
                $"Pipe the object in: $object | {MyInvocation.MyCommand.Name}");
            ThrowTerminatingError(notPiped.ToErrorRecord(InputObject));
        }

        ServerInstanceIsOnCommandLine = IsOnCommandLine(nameof(ServerInstance));
        base.BeginProcessing();
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        PipedObject? piped = null;
        if (ParameterSetName == InputObjectSet)
        {
            piped = new PipedObject(InputObject);
            if (Refusal(piped) is { } refusal)
            {
                WriteError(refusal, InputObject);
                return;
            }
        }

        Process(ServerInstance ?? piped?.SpacedServerInstanceName ?? string.Empty, piped);
    }

    /// <summary>Why an object cannot be taken; null if it can.</summary>
    private protected virtual NavSessionException? Refusal(PipedObject piped)
    {
        if (piped.NamesServerInstance)
        {
            return null;
        }

        var reason = piped.IsText && ServerInstanceIsOnCommandLine
            ? "text is taken as the name of a server instance, and -ServerInstance is given as well"
            : "it has no property ServerInstance or ServerInstanceName";
        return new NavSessionException(
            $"{piped.Description} was piped in, which names no server instance: {reason}.",
            "NotAServerInstance",
            nameof(ErrorCategory.InvalidType),
            "Pipe in the names of server instances as text, or objects with a property ServerInstance.");
    }

    /// <summary>Does the work for one server instance, or one object that came through the pipeline.</summary>
    private protected abstract void Process(string serverInstance, PipedObject? piped);
}
