using System.Management.Automation;

namespace NavServerSession.Tests.Cmdlets;

public sealed class ErrorTests
{
    private readonly NavSessionException exception =
        new("It did not work.", "DidNotWork", "ResourceBusy", "Try again.", status: 411, httpStatus: 500);

    [Fact]
    public void An_error_record_tells_everything_that_is_known()
    {
        var record = exception.ToErrorRecord("target");

        Assert.Same(exception, record.Exception);
        Assert.Equal("DidNotWork", record.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ResourceBusy, record.CategoryInfo.Category);
        Assert.Equal("target", record.TargetObject);
        Assert.Equal("It did not work.", record.ErrorDetails.Message);
        Assert.Equal("Try again.", record.ErrorDetails.RecommendedAction);
        Assert.Equal(411, exception.Status);
        Assert.Equal(500, exception.HttpStatus);
    }

    [Fact]
    public void An_engine_that_does_not_show_the_recommended_action_is_given_it_in_the_text()
    {
        var record = exception.ToErrorRecord(null, engineShowsRecommendedAction: false);

        Assert.Equal($"It did not work.{Environment.NewLine}  Recommendation: Try again.", record.ErrorDetails.Message);
        Assert.Equal("It did not work.", record.Exception.Message);
    }

    [Fact]
    public void A_category_that_is_not_known_is_not_specified()
    {
        var record = new NavSessionException("It did not work.", "DidNotWork", "Something", null).ErrorRecord;

        Assert.Equal(ErrorCategory.NotSpecified, record.CategoryInfo.Category);
        Assert.Null(record.ErrorDetails);
    }
}
