using CaseWorker.AspNetCore.Diagnostics;
using CaseWorker.Queries;
using CaseWorker.Resilience;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Turns what was thrown into a problem. What nobody foresaw becomes a 500 without a word of its own: the log has it.</summary>
internal sealed class ProblemHandler(ILogger<ProblemHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        if (ProblemOf(exception) is not { } problem)
        {
            log.RequestFailed(exception, httpContext.Request.Method, httpContext.Request.Path);
            return false;
        }

        if (problem.StatusCode is StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = Problem.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private ProblemHttpResult? ProblemOf(Exception exception)
    {
        if (exception is ProblemException known)
        {
            return known.Problem;
        }

        if (exception is FeedPositionException position)
        {
            return Problem.Of(StatusCodes.Status410Gone, "feed-position", "The feed does not have this position", position.Message);
        }

        if (exception is BadHttpRequestException bad)
        {
            return Problem.Of(bad.StatusCode, bad.StatusCode is StatusCodes.Status413PayloadTooLarge ? "too-large" : "invalid", "The request is not valid", bad.Message);
        }

        if (exception is not (NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException }) || !FailurePolicy.IsTransient(exception))
        {
            return null;
        }

        log.RequestNotAnswered(exception.GetBaseException().Message);
        return Problem.DatabaseAway();
    }
}
