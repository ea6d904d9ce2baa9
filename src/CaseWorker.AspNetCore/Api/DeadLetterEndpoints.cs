using System.Globalization;
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

    /// <summary>A preview holds the lock of each case for a moment.</summary>
    private const int PreviewedCases = 20;

    private const int PreviewedLetters = 500;
    private static readonly TimeSpan PreviewPatience = TimeSpan.FromSeconds(10);

    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/dead-letters").WithTags(Tag).RequireAuthorization(AccessScope.Viewer)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        letters.MapGet("", ListAsync).WithName("getDeadLetters")
            .WithSummary("Dead letters, the oldest first, without their bytes")
            .WithMetadata(QueryText.Case, QueryText.Action, QueryText.Kind, QueryText.State, QueryText.Reason, QueryText.Error, QueryText.Since, QueryText.Until)
            .WithMetadata(QueryNumber.AfterLetter, QueryNumber.Rows)
            .Produces<FoundLetters>();
        letters.MapGet("/{letterId}", ShowAsync).WithName("getDeadLetter")
            .WithSummary("A dead letter with its AMQP properties and its bytes")
            .Produces<WholeLetterView>().ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapPost("/preview", PreviewAsync).WithName("previewReplay")
            .WithSummary("What a replay would do now, case by case")
            .WithDescription("Everything is done in transactions that are rolled back: nothing is changed or published. The whole line of each case is tried, up to 500 commands of up to 20 cases.")
            .Accepts<PreviewWish>("application/json").Produces<ReplayPreview>().ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
    }

    /// <exception cref="ProblemException">It is no number of a dead letter.</exception>
    public static long ReadId(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        ? id
        : throw Problem.Invalid("A dead letter has a number, such as 17.");

    private static async Task<Ok<FoundLetters>> ListAsync(HttpContext context, LetterSearch search)
    {
        var (filter, after, limit) = (LetterChoice.Read(context.Request), QueryNumber.AfterLetter.Read(context.Request), (int)QueryNumber.Rows.Read(context.Request));
        return TypedResults.Ok(await search.PageAsync(filter, after, limit, context.RequestAborted));
    }

    private static async Task<Ok<WholeLetterView>> ShowAsync(string letterId, HttpContext context, OperatorDesk desk)
    {
        var id = ReadId(letterId);
        return await desk.ListAsync(new LetterFilter { Ids = [id] }, 1, cancellationToken: context.RequestAborted) is [var row]
            ? TypedResults.Ok(WholeLetterView.Whole(row))
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status404NotFound, "dead-letter-not-found", "There is no such dead letter", FormattableString.Invariant($"No dead letter has the number {id}. GET /dead-letters?state=all lists them.")));
    }

    private static async Task<Ok<ReplayPreview>> PreviewAsync(HttpContext context, LetterSearch search, LineReplay replay)
    {
        var wish = await LetterChoice.ReadAsync<PreviewWish>(context.Request);
        var found = await search.CasesAsync(wish.ToFilter(LetterStates.Open), PreviewedCases + 1, context.RequestAborted);
        var cases = new List<CasePreview>();
        foreach (var reference in found.Take(PreviewedCases))
        {
            cases.Add(await TryAsync(reference, wish.Rebase, replay, context.RequestAborted));
        }

        return TypedResults.Ok(new ReplayPreview(cases, found.Count > PreviewedCases));
    }

    private static async Task<CasePreview> TryAsync(long reference, bool rebase, LineReplay replay, CancellationToken cancellationToken)
    {
        try
        {
            var letters = await replay.PreviewAsync(reference, PreviewedLetters, rebase).WaitAsync(PreviewPatience, cancellationToken);
            return new CasePreview(
                reference.ToString(CultureInfo.InvariantCulture),
                [.. letters.Select(letter => new LetterPreview(letter.Id, letter.Command.Id, letter.Command.ActionName, letter.Word, letter.Sentence))]);
        }
        catch (TimeoutException)
        {
            throw new ProblemException(Problem.Of(
                StatusCodes.Status503ServiceUnavailable, "case-busy", "The case is busy", FormattableString.Invariant($"Case {reference} could not be tried within {PreviewPatience.TotalSeconds} seconds: a worker is at it. Nothing was changed; ask again later.")));
        }
    }
}

/// <summary>What a replay would do.</summary>
/// <param name="Cases">Those first that have waited longest.</param>
/// <param name="HasMore">Whether there are more cases than were tried.</param>
internal sealed record ReplayPreview(IReadOnlyList<CasePreview> Cases, bool HasMore);

/// <summary>What a replay would do in a case.</summary>
internal sealed record CasePreview(string CaseReference, IReadOnlyList<LetterPreview> Letters);

/// <summary>What a replay would do with a command.</summary>
/// <param name="Would">accepted, conflicted, rejected, failed or held.</param>
internal sealed record LetterPreview(long Id, Guid CommandId, string? Action, string Would, string Detail);
