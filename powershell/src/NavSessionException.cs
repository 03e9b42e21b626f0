using System;
using System.Management.Automation;

namespace NavServerSession;

/// <summary>What kept a command from doing its work, with what to do about it.</summary>
public sealed class NavSessionException : Exception, IContainsErrorRecord
{
    // Engines before 7.5, Windows PowerShell among them, keep a recommended action to themselves.
    private static readonly bool EngineShowsRecommendedAction =
        typeof(PSObject).Assembly.GetName().Version >= new Version(7, 5);

    private readonly string id;
    private readonly ErrorCategory category;
    private readonly string? recommendedAction;

    internal NavSessionException(
        string message,
        string id,
        string? category,
        string? recommendedAction,
        int status = 0,
        int httpStatus = 0,
        Exception? inner = null)
        : base(message, inner)
    {
        this.id = id;
        this.category = Enum.TryParse(category, out ErrorCategory known) ? known : ErrorCategory.NotSpecified;
        this.recommendedAction = recommendedAction;
        Status = status;
        HttpStatus = httpStatus;
    }

    /// <summary>The library's status, as include/nav_session.h numbers it; 0 where it took no part.</summary>
    public int Status { get; }

    /// <summary>The HTTP status the server answered with; 0 without an answer.</summary>
    public int HttpStatus { get; }

    /// <summary>The same error, with another thing that can be done about it.</summary>
    internal NavSessionException Advising(string action) =>
        new(Message, id, category.ToString(), $"{recommendedAction} {action}".TrimStart(), Status, HttpStatus, InnerException);

    /// <summary>The error as PowerShell shows it, without a target.</summary>
    public ErrorRecord ErrorRecord => ToErrorRecord(null);

    internal ErrorRecord ToErrorRecord(object? target) => ToErrorRecord(target, EngineShowsRecommendedAction);

    internal ErrorRecord ToErrorRecord(object? target, bool engineShowsRecommendedAction)
    {
        var record = new ErrorRecord(this, id, category, target);
        if (!string.IsNullOrEmpty(recommendedAction))
        {
            var text = engineShowsRecommendedAction
                ? Message
                : $"{Message}{Environment.NewLine}  Recommendation: {recommendedAction}";
            record.ErrorDetails = new ErrorDetails(text) { RecommendedAction = recommendedAction };
        }

        return record;
    }
}
