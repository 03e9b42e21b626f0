namespace NavServerSession.Tests.Stage;

/// <summary>An engine with the module, a server instance DynamicsNAV that is registered, and its server.</summary>
internal sealed class NavServer : IDisposable
{
    private readonly EndpointsFile endpoints = new();

    /// <param name="answers">What the person at the host answers to its prompts.</param>
    internal NavServer(params string[] answers)
        : this(new Engine(answers))
    {
    }

    internal NavServer(Engine engine, params string[] emulatorOptions)
    {
        Engine = engine;
        Emulator = new Emulator(emulatorOptions);
        endpoints.Write("DynamicsNAV", Emulator.Soap);
    }

    internal Engine Engine { get; }

    internal Emulator Emulator { get; }

    internal EndpointsFile Endpoints => endpoints;

    internal RecordingHost Host => Engine.Host;

    internal Run Run(string script, object? value = null) => Engine.Run(script, value);

    internal void Has(params int[] ids) => Assert.Subset(Emulator.SessionIds().ToHashSet(), ids.ToHashSet());

    internal void HasNot(params int[] ids) => Assert.Empty(Emulator.SessionIds().Intersect(ids));

    /// <summary>Nothing was removed.</summary>
    internal void IsUntouched() => Assert.Equal(12, Emulator.SessionIds().Count);

    public void Dispose()
    {
        Engine.Dispose();
        Emulator.Dispose();
        endpoints.Dispose();
    }
}
