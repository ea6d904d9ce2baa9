using System.Text.Json;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>What operators do with dead letters. Who does it is the key's name; why, they have to say.</summary>
internal static class DeedEndpoints
{
    private const string Choosing = "The body says which by ids or by a filter, and why. With dryRun it only counts; with expect it does nothing when the count is another.";
    private static readonly string[] Open = [LetterStates.Open];
    private static readonly string[] SetAside = [LetterStates.Discarded, LetterStates.Skipped];

    private delegate Task<ReplayRequest> Replaying(Deed deed, LetterFilter filter, CancellationToken cancellationToken);

    private delegate Task<IReadOnlyList<long>> Changing(Deed deed, LetterFilter filter, CancellationToken cancellationToken);

    public static void MapDeeds(this IEndpointRouteBuilder routes)
    {
        var letters = routes.MapGroup("/dead-letters").WithTags(DeadLetterEndpoints.Tag)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(letters.MapPost("/replay", (HttpContext context, LetterSearch search, OperatorDesk desk) => ReplayAsync(context, search, desk.ReplayAsync)), "replayDeadLetters", "Applies dead letters again, case by case")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<ReplayAnswer>();
        Describe(letters.MapPost("/rebase", (HttpContext context, LetterSearch search, OperatorDesk desk) => ReplayAsync(context, search, desk.RebaseAsync)), "rebaseDeadLetters", "Applies dead letters under new ids, with proposals of now")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<ReplayAnswer>();
        Describe(letters.MapPost("/discard", (HttpContext context, LetterSearch search, OperatorDesk desk) => ChangeAsync(context, search, Open, desk.DiscardAsync)), "discardDeadLetters", "Sets dead letters aside without applying them")
            .Produces<ChangeAnswer>();
        Describe(letters.MapPost("/restore", (HttpContext context, LetterSearch search, OperatorDesk desk) => ChangeAsync(context, search, SetAside, desk.RestoreAsync)), "restoreDeadLetters", "Puts back what was discarded or skipped")
            .Produces<ChangeAnswer>();
        letters.MapPost("/{letterId}/edit", EditAsync).WithName("editDeadLetter").RequireAuthorization(AccessScope.Editor)
            .WithSummary("Applies a dead letter with another body, under a new id")
            .WithDescription("Only where the worker's setting EditDeadLetters is on. With dryRun it answers the body as it is and as it would be.")
            .Accepts<EditWish>("application/json")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<EditPlan>().ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    /// <exception cref="ProblemException">It does not say why.</exception>
    public static Deed DeedOf(HttpContext context, string? reason) => Deed.CleanReason(reason) is { Length: > 0 } why
        ? new Deed(context.User.Identity!.Name!, why)
        : throw Problem.Invalid("The field \"reason\" must say why: it goes into the audit.");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name, string summary) => route.WithName(name)
        .RequireAuthorization(AccessScope.Operator).WithSummary(summary).WithDescription(Choosing).Accepts<DeedWish>("application/json");

    private static async Task<IResult> ReplayAsync(HttpContext context, LetterSearch search, Replaying replay)
    {
        var wish = await LetterChoice.ReadAsync<DeedWish>(context.Request);
        var (deed, filter) = (DeedOf(context, wish.Reason), wish.ToFilter(LetterStates.Open));
        var ids = await FreezeAsync(wish, filter, Open, isOfLines: true, search, context.RequestAborted);
        return wish.DryRun
            ? TypedResults.Ok(new ReplayAnswer(ids.Count, Job: null, [], [], []))
            : Answer(await replay(deed, Exactly(wish, filter, ids), context.RequestAborted));
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, LetterSearch search, string[] states, Changing change)
    {
        var wish = await LetterChoice.ReadAsync<DeedWish>(context.Request);
        var (deed, filter) = (DeedOf(context, wish.Reason), wish.ToFilter(state: null));
        var ids = await FreezeAsync(wish, filter, states, isOfLines: false, search, context.RequestAborted);
        if (wish.DryRun)
        {
            return TypedResults.Ok(new ChangeAnswer(ids.Count, []));
        }

        var changed = await change(deed, Exactly(wish, filter, ids), context.RequestAborted);
        return TypedResults.Ok(new ChangeAnswer(changed.Count, changed));
    }

    /// <summary>What it is about now.</summary>
    /// <exception cref="ProblemException">It is not what the caller saw, or the caller does not say what it is.</exception>
    private static async Task<IReadOnlyList<long>> FreezeAsync(DeedWish wish, LetterFilter filter, string[] states, bool isOfLines, LetterSearch search, CancellationToken cancellationToken)
    {
        if (wish is { IsEverything: true, DryRun: false, Expect: null })
        {
            throw Problem.Invalid("Nothing says which dead letters are meant. Give ids or a filter; where all are meant, give their count as \"expect\".");
        }

        var ids = await search.FreezeAsync(filter, states, isOfLines, cancellationToken);
        return wish.Expect is not { } expected || expected == ids.Count
            ? ids
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status409Conflict,
                "count-changed",
                "It is another number of dead letters",
                FormattableString.Invariant($"It is about {ids.Count} dead letters now, not {expected}. Nothing was done; look again, then expect {ids.Count}."),
                ("count", ids.Count)));
    }

    /// <summary>Who gave a count means those that were counted, and nothing that came a moment later.</summary>
    private static LetterFilter Exactly(DeedWish wish, LetterFilter filter, IReadOnlyList<long> ids) => wish.Expect is null ? filter : filter with { Ids = ids };

    private static async Task<IResult> EditAsync(string letterId, HttpContext context, LetterEditor editor)
    {
        var id = DeadLetterEndpoints.ReadId(letterId);
        var wish = await LetterChoice.ReadAsync<EditWish>(context.Request);
        var deed = DeedOf(context, wish.Reason);
        if (wish.Body.ValueKind is JsonValueKind.Undefined)
        {
            throw Problem.Invalid("The field \"body\" must be the whole new body of the command.");
        }

        try
        {
            var edit = await editor.PlanAsync(deed, id, wish.Body.GetRawText(), context.RequestAborted);
            return wish.DryRun
                ? TypedResults.Ok(new EditPlan(id, edit.Before.Body, edit.After.Body))
                : Answer(await editor.ApplyAsync(deed, edit, wish.Rebase, context.RequestAborted));
        }
        catch (DeedRefusedException error)
        {
            throw new ProblemException(Problem.Of(StatusCodes.Status422UnprocessableEntity, "edit-refused", "The dead letter was not edited", error.Message, ("errors", error.Errors)));
        }
    }

    /// <summary>Where there is nothing to do, there is no job either.</summary>
    private static IResult Answer(ReplayRequest request)
    {
        var answer = new ReplayAnswer(request.Letters.Count, request.Job, request.Letters, request.Blocked, [.. request.Busy.Select(job => job.Id)]);
        return request.Job is { } job ? TypedResults.Accepted($"/jobs/{job}", answer) : TypedResults.Ok(answer);
    }
}

/// <summary>What became of a wish to replay.</summary>
/// <param name="Count">How many are replayed; in a dry run, how many it would be about.</param>
/// <param name="Job">The job that does it; null where there is nothing to do.</param>
/// <param name="Ids">What it replays.</param>
/// <param name="Blocked">Left out: each stands behind another of its case that was not chosen.</param>
/// <param name="Busy">Jobs that have some of it to do already; those are left out, too.</param>
internal sealed record ReplayAnswer(long Count, Guid? Job, IReadOnlyList<long> Ids, IReadOnlyList<long> Blocked, IReadOnlyList<Guid> Busy);

/// <summary>What was set aside or put back.</summary>
/// <param name="Count">How many; in a dry run, how many it would be.</param>
/// <param name="Ids">Which; none in a dry run.</param>
internal sealed record ChangeAnswer(long Count, IReadOnlyList<long> Ids);

/// <summary>What an edit would change.</summary>
/// <param name="Id">The dead letter.</param>
/// <param name="Before">The command's body as it is.</param>
/// <param name="After">The body as it would be.</param>
internal sealed record EditPlan(long Id, JsonElement Before, JsonElement After);
