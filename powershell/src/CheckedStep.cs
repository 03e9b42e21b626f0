namespace NavServerSession;

/// <summary>A step of checking an endpoint, and what it came to.</summary>
public sealed class CheckedStep
{
    internal CheckedStep()
    {
    }

    /// <summary>The server instance as it was asked for.</summary>
    public string? ServerInstance { get; internal set; }

    /// <summary>What was looked at.</summary>
    public EndpointStep Step { get; internal set; }

    /// <summary>What it came to.</summary>
    public StepResult Result { get; internal set; }

    /// <summary>What was found, or why it failed.</summary>
    public string? Message { get; internal set; }

    /// <summary>What to do about a step that failed.</summary>
    public string? RecommendedAction { get; internal set; }

    /// <summary>The stable name of the error of a step that failed.</summary>
    public string? ErrorId { get; internal set; }
}

/// <summary>A step of checking an endpoint; the numbers are the native library's.</summary>
public enum EndpointStep
{
    /// <summary>An endpoint is known, and it is complete.</summary>
    Endpoint = 1,

    /// <summary>The host's name has an address.</summary>
    Address = 2,

    /// <summary>The port takes connections.</summary>
    Port = 3,

    /// <summary>The encrypted connection comes about, and the certificate is accepted.</summary>
    Tls = 4,

    /// <summary>Something answers that can be such a server, and is ready.</summary>
    Service = 5,

    /// <summary>The sign-in is accepted.</summary>
    SignIn = 6,

    /// <summary>The tenant is known.</summary>
    Tenant = 7,

    /// <summary>The company is there.</summary>
    Company = 8,

    /// <summary>The environment of Business Central online is there.</summary>
    Environment = 9,

    /// <summary>The companion's page answers.</summary>
    Page = 10,

    /// <summary>The companion's codeunit answers.</summary>
    Codeunit = 11,
}

/// <summary>What a step came to; the numbers are the native library's.</summary>
public enum StepResult
{
    /// <summary>It works.</summary>
    Passed = 1,

    /// <summary>It does not.</summary>
    Failed = 2,

    /// <summary>It was not looked at.</summary>
    Skipped = 3,
}
