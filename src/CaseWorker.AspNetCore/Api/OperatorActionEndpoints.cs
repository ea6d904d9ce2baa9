using System.Text.Json;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>What operators do with dead letters. Who does it is the key's name; why, they have to say.</summary>
internal static class OperatorActionEndpoints
{
    private const string Choosing = "The body says which by ids or by a filter, and why. With dryRun it only counts; with expect it does nothing when the count is another.";
    private static readonly string[] Open = [DeadLetterStates.Open];
    private static readonly string[] SetAside = [DeadLetterStates.Discarded, DeadLetterStates.Skipped];

    private delegate Task<ReplayRequest> Replaying(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken);

    private delegate Task<IReadOnlyList<long>> Changing(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken);

    public static void MapOperatorActions(this IEndpointRouteBuilder routes)
    {
        var deadLetters = routes.MapGroup("/dead-letters").WithTags(DeadLetterEndpoints.Tag)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        Describe(deadLetters.MapPost("/replay", (HttpContext context, DeadLetterSearch search, DeadLetterOperations operations) => ReplayAsync(context, search, operations.ReplayAsync)), "replayDeadLetters", "Applies dead letters again, case by case")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<ReplayAnswer>();
        Describe(deadLetters.MapPost("/rebase", (HttpContext context, DeadLetterSearch search, DeadLetterOperations operations) => ReplayAsync(context, search, operations.RebaseAsync)), "rebaseDeadLetters", "Applies dead letters under new ids, with proposals of now")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<ReplayAnswer>();
        Describe(deadLetters.MapPost("/discard", (HttpContext context, DeadLetterSearch search, DeadLetterOperations operations) => ChangeAsync(context, search, Open, operations.DiscardAsync)), "discardDeadLetters", "Sets dead letters aside without applying them")
            .Produces<ChangeAnswer>();
        Describe(deadLetters.MapPost("/restore", (HttpContext context, DeadLetterSearch search, DeadLetterOperations operations) => ChangeAsync(context, search, SetAside, operations.RestoreAsync)), "restoreDeadLetters", "Puts back what was discarded or skipped")
            .Produces<ChangeAnswer>();
        deadLetters.MapPost("/{deadLetterId}/edit", EditAsync).WithName("editDeadLetter").RequireAuthorization(AccessScope.Editor)
            .WithSummary("Applies a dead letter with another body, under a new id")
            .WithDescription("Only where the worker's setting EditDeadLetters is on. With dryRun it answers the body as it is and as it would be.")
            .Accepts<EditRequest>("application/json")
            .Produces<ReplayAnswer>(StatusCodes.Status202Accepted).Produces<EditPlan>().ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    /// <exception cref="ProblemException">It does not say why.</exception>
    public static OperatorAction OperatorActionOf(HttpContext context, string? reason) => OperatorAction.CleanReason(reason) is { Length: > 0 } why
        ? new OperatorAction(context.User.Identity!.Name!, why)
        : throw Problem.Invalid("The field \"reason\" must say why: it goes into the audit.");

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string name, string summary) => route.WithName(name)
        .RequireAuthorization(AccessScope.Operator).WithSummary(summary).WithDescription(Choosing).Accepts<OperatorActionRequest>("application/json");

    private static async Task<IResult> ReplayAsync(HttpContext context, DeadLetterSearch search, Replaying replay)
    {
        var wanted = await DeadLetterSelection.ReadAsync<OperatorActionRequest>(context.Request);
        var (action, filter) = (OperatorActionOf(context, wanted.Reason), wanted.ToFilter(DeadLetterStates.Open));
        var ids = await FreezeAsync(wanted, filter, Open, DeadLetterKinds.OfCases, search, context.RequestAborted);
        return wanted.DryRun
            ? TypedResults.Ok(new ReplayAnswer(ids.Count, Job: null, [], [], []))
            : Answer(await replay(action, Exactly(wanted, filter, ids), context.RequestAborted));
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, DeadLetterSearch search, string[] states, Changing change)
    {
        var wanted = await DeadLetterSelection.ReadAsync<OperatorActionRequest>(context.Request);
        var (action, filter) = (OperatorActionOf(context, wanted.Reason), wanted.ToFilter(state: null));
        var ids = await FreezeAsync(wanted, filter, states, DeadLetterKinds.All, search, context.RequestAborted);
        if (wanted.DryRun)
        {
            return TypedResults.Ok(new ChangeAnswer(ids.Count, []));
        }

        var changed = await change(action, Exactly(wanted, filter, ids), context.RequestAborted);
        return TypedResults.Ok(new ChangeAnswer(changed.Count, changed));
    }

    /// <summary>What it is about now.</summary>
    /// <exception cref="ProblemException">It is not what the caller saw, or the caller does not say what it is.</exception>
    private static async Task<IReadOnlyList<long>> FreezeAsync(OperatorActionRequest wanted, DeadLetterQuery filter, string[] states, IReadOnlyCollection<string> kinds, DeadLetterSearch search, CancellationToken cancellationToken)
    {
        if (wanted is { IsEverything: true, DryRun: false, Expect: null })
        {
            throw Problem.Invalid("No dead letters are selected. Pass ids or a filter. To select all of them, pass their count as \"expect\".");
        }

        var ids = await search.FreezeAsync(filter, cause: null, states, kinds, cancellationToken);
        return wanted.Expect is not { } expected || expected == ids.Count
            ? ids
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status409Conflict,
                "count-changed",
                "The selection has changed",
                FormattableString.Invariant($"The filter now matches {ids.Count} dead letters, not {expected}. Nothing was done. Check the selection, then send \"expect\": {ids.Count}."),
                ("count", ids.Count)));
    }

    /// <summary>With an expected count, only the counted dead letters are selected, not those that arrive later.</summary>
    private static DeadLetterQuery Exactly(OperatorActionRequest wanted, DeadLetterQuery filter, IReadOnlyList<long> ids) => wanted.Expect is null ? filter : filter with { Ids = ids };

    private static async Task<IResult> EditAsync(string deadLetterId, HttpContext context, DeadLetterEditor editor)
    {
        var id = DeadLetterEndpoints.ReadId(deadLetterId);
        var wanted = await DeadLetterSelection.ReadAsync<EditRequest>(context.Request);
        var action = OperatorActionOf(context, wanted.Reason);
        if (wanted.Body.ValueKind is JsonValueKind.Undefined)
        {
            throw Problem.Invalid("The field \"body\" must be the whole new body of the command.");
        }

        try
        {
            var edit = await editor.PlanAsync(action, id, wanted.Body.GetRawText(), context.RequestAborted);
            return wanted.DryRun
                ? TypedResults.Ok(new EditPlan(id, edit.Before.Body, edit.After.Body))
                : Answer(await editor.ApplyAsync(action, edit, wanted.Rebase, context.RequestAborted));
        }
        catch (OperatorActionRefusedException error)
        {
            throw new ProblemException(Problem.Of(StatusCodes.Status422UnprocessableEntity, "edit-refused", "The dead letter was not edited", error.Message, ("errors", error.Errors)));
        }
    }

    /// <summary>Where there is nothing to do, there is no job either.</summary>
    private static IResult Answer(ReplayRequest request)
    {
        var answer = new ReplayAnswer(request.DeadLetters.Count, request.Job, request.DeadLetters, request.Blocked, [.. request.Busy.Select(job => job.Id)]);
        return request.Job is { } job ? TypedResults.Accepted($"/jobs/{job}", answer) : TypedResults.Ok(answer);
    }
}

/// <summary>What became of a request to replay.</summary>
/// <param name="Count">How many are replayed; in a dry run, how many it would be about.</param>
/// <param name="Job">The job that does it; null if there is nothing to do.</param>
/// <param name="Ids">What it replays.</param>
/// <param name="Blocked">Left out: each stands behind another of its case that was not chosen.</param>
/// <param name="Busy">Jobs that have some of it to do already; those are left out, too.</param>
internal sealed record ReplayAnswer(long Count, Guid? Job, IReadOnlyList<long> Ids, IReadOnlyList<long> Blocked, IReadOnlyList<Guid> Busy);

/// <summary>The dead letters that were discarded or restored.</summary>
/// <param name="Count">How many; in a dry run, how many it would be.</param>
/// <param name="Ids">Which; none in a dry run.</param>
internal sealed record ChangeAnswer(long Count, IReadOnlyList<long> Ids);

/// <summary>What an edit would change.</summary>
/// <param name="Id">The dead letter.</param>
/// <param name="Before">The command's body as it is.</param>
/// <param name="After">The body as it would be.</param>
internal sealed record EditPlan(long Id, JsonElement Before, JsonElement After);
