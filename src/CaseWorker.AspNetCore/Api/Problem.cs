using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Errors as every endpoint answers them: problem+json (RFC 9457), whose type says the reason in a word for programs.</summary>
internal static class Problem
{
    public const string TypePrefix = "urn:caseworker:problem:";
    public const string ContentType = "application/problem+json";

    /// <summary>How long a caller should wait before the next attempt while a server is away.</summary>
    public const int RetryAfterSeconds = 5;

    /// <param name="status">The HTTP status.</param>
    /// <param name="reason">A word for programs, such as <c>case-not-found</c>.</param>
    /// <param name="title">What it is, the same for all of its kind.</param>
    /// <param name="detail">What happened here, and what to do.</param>
    /// <param name="more">Further members.</param>
    public static ProblemHttpResult Of(int status, string reason, string title, string detail, params (string Name, object? Value)[] more) => TypedResults.Problem(
        detail,
        statusCode: status,
        title: title,
        type: TypePrefix + reason,
        extensions: more.ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal));

    public static ProblemException Invalid(string detail) => new(Of(StatusCodes.Status400BadRequest, "invalid", "The request is not valid", detail));

    public static ProblemException CaseNotFound(long reference) => new(Of(
        StatusCodes.Status404NotFound, "case-not-found", "Case not found", FormattableString.Invariant($"Case {reference} does not exist; case.create creates it.")));

    public static ProblemHttpResult DatabaseAway() => Of(
        StatusCodes.Status503ServiceUnavailable, "database-unavailable", "The database cannot be reached", "The worker cannot reach its database now. Nothing was lost; ask again later.");
}

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(ProblemHttpResult problem) : Exception(problem.ProblemDetails.Detail)
{
    public ProblemHttpResult Problem => problem;
}
