using System.Globalization;
using System.Text.Json.Serialization;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Dead letters as they are, and what a replay would make of them.</summary>
internal static class DeadLetterEndpoints
{
    public const string Tag = "Dead letters";

    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var deadLetters = routes.MapGroup("/dead-letters").WithTags(Tag).RequireAuthorization(AccessScope.Viewer)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        deadLetters.MapGet("", ListAsync).WithName("getDeadLetters")
            .WithSummary("Dead letters, the oldest first, without their bytes")
            .WithMetadata(QueryText.Case, QueryText.Action, QueryText.Kind, QueryText.State, QueryText.Reason, QueryText.Error, QueryText.Since, QueryText.Until)
            .WithMetadata(QueryNumber.AfterDeadLetter, QueryNumber.Rows)
            .Produces<DeadLetterList>();
        deadLetters.MapGet("/{deadLetterId}", ShowAsync).WithName("getDeadLetter")
            .WithSummary("A dead letter with its AMQP properties and its bytes")
            .Produces<DeadLetterDetails>().ProducesProblem(StatusCodes.Status404NotFound);
        deadLetters.MapPost("/preview", PreviewAsync).WithName("previewReplay")
            .WithSummary("What a replay would do now, case by case")
            .WithDescription("Everything is done in transactions that are rolled back: nothing is changed or published. The whole parked queue of each case is tried, up to 500 commands of up to 20 cases.")
            .Accepts<PreviewRequest>("application/json").Produces<ReplayPreview>().ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
    }

    /// <exception cref="ProblemException">It is not a number of a dead letter.</exception>
    public static long ReadId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw Problem.Invalid("A dead letter has a number, such as 17.");

    private static async Task<Ok<DeadLetterList>> ListAsync(HttpContext context, DeadLetterSearch search)
    {
        var (filter, after, limit) = (DeadLetterSelection.Read(context.Request), QueryNumber.AfterDeadLetter.Read(context.Request), (int)QueryNumber.Rows.Read(context.Request));
        var found = await search.ListAsync(filter, cause: null, after, limit + 1, context.RequestAborted);
        DeadLetterSummary[] page = [.. found.Take(limit)];
        return TypedResults.Ok(new DeadLetterList(page, page is [.., var last] ? last.Id : after, found.Count > limit, await search.CountAsync(filter, context.RequestAborted)));
    }

    private static async Task<Ok<DeadLetterDetails>> ShowAsync(string deadLetterId, HttpContext context, DeadLetterOperations operations)
    {
        var id = ReadId(deadLetterId);
        return await operations.ListAsync(new DeadLetterQuery { Ids = [id] }, 1, cancellationToken: context.RequestAborted) is [var row]
            ? TypedResults.Ok(new DeadLetterDetails(row))
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status404NotFound, "dead-letter-not-found", "Dead letter not found", FormattableString.Invariant($"No dead letter has the number {id}. GET /dead-letters?state=all lists them.")));
    }

    private static async Task<Ok<ReplayPreview>> PreviewAsync(HttpContext context, ReplayPreviewer previewer)
    {
        var wanted = await DeadLetterSelection.ReadAsync<PreviewRequest>(context.Request);
        try
        {
            return TypedResults.Ok(ReplayPreview.Of(await previewer.PreviewAsync(wanted.ToFilter(DeadLetterStates.Open), wanted.Rebase, context.RequestAborted)));
        }
        catch (CaseBusyException busy)
        {
            throw new ProblemException(Problem.Of(StatusCodes.Status503ServiceUnavailable, "case-busy", "The case is busy", busy.Message));
        }
    }
}

/// <summary>Some dead letters, by number.</summary>
/// <param name="DeadLetters">At most as many as were asked for.</param>
/// <param name="After">Ask for what comes after this number next; unchanged if nothing was found.</param>
/// <param name="HasMore">Whether there is more.</param>
/// <param name="Count">How many the filter finds on all pages.</param>
internal sealed record DeadLetterList([property: JsonPropertyName("letters")] IReadOnlyList<DeadLetterSummary> DeadLetters, long After, bool HasMore, long Count);

/// <summary>What a replay would do.</summary>
/// <param name="Cases">Those first that have waited longest.</param>
/// <param name="HasMore">Whether there are more cases than were tried.</param>
/// <param name="CaseCount">How many cases the filter finds.</param>
internal sealed record ReplayPreview(IReadOnlyList<CasePreview> Cases, bool HasMore, long CaseCount)
{
    public static ReplayPreview Of(PreviewedReplay preview) => new([.. preview.Cases.Select(CasePreview.Of)], preview.Cases.Count < preview.CaseCount, preview.CaseCount);
}

/// <summary>What a replay would do in a case.</summary>
/// <param name="Count">How many commands its parked queue has; fewer may have been tried.</param>
internal sealed record CasePreview(string CaseReference, [property: JsonPropertyName("letters")] IReadOnlyList<DeadLetterPreview> DeadLetters, long Count)
{
    public static CasePreview Of(PreviewedCase tried) => new(
        tried.Reference.ToString(CultureInfo.InvariantCulture),
        [.. tried.DeadLetters.Select(deadLetter => new DeadLetterPreview(deadLetter.Id, deadLetter.Command.Id, deadLetter.Command.ActionName, deadLetter.Word, deadLetter.Sentence))],
        tried.Count);
}

/// <summary>What a replay would do with a command.</summary>
/// <param name="Would">accepted, conflicted, rejected, failed or held.</param>
internal sealed record DeadLetterPreview(long Id, Guid CommandId, string? Action, string Would, string Detail);
