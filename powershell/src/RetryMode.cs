namespace NavServerSession;

/// <summary>How the pauses between retries grow. Names and numbers are those of Business Central's own module.</summary>
public enum RetryMode
{
    /// <summary>Each is as long as the first.</summary>
    Fixed = 0,

    /// <summary>Each is twice as long as the one before, give or take a fifth.</summary>
    Exponential = 1,
}
