using System.Globalization;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.DeadLetters;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>
/// Asks before anything is done, and then does exactly what was shown: the form carries the frozen numbers, so that what arrives
/// meanwhile is not swept along.
/// </summary>
internal static class OperatorActionPages
{
    public static void Map(IEndpointRouteBuilder ops)
    {
        foreach (var action in OperatorActionKind.All)
        {
            ops.MapGet($"/dead-letters/{action.Name}", (HttpContext context, DeadLetterPageReader reader, CancellationToken cancellationToken) => AskAsync(action, context, reader, cancellationToken)).RequireAuthorization(action.Scope);
            ops.MapPost(
                $"/dead-letters/{action.Name}",
                ([FromForm] string? ids, [FromForm] string? reason, [FromForm] string? count, HttpContext context, DeadLetterPageReader reader, DeadLetterOperations operations, CancellationToken cancellationToken) =>
                    DoAsync(action, IdsOf(ids), OperatorAction.CleanReason(reason), count, context, reader, operations, cancellationToken)).RequireAuthorization(action.Scope);
        }
    }

    private static async Task<IResult> AskAsync(OperatorActionKind action, HttpContext context, DeadLetterPageReader reader, CancellationToken cancellationToken)
    {
        var query = DeadLetterFilterForm.Of(context.Request.Query);
        return query.Problem is { } problem
            ? Page.Say(StatusCodes.Status400BadRequest, "Nothing was chosen", problem)
            : await AskAsync(action, await reader.FreezeAsync(action, query, cancellationToken), "", null, reader, cancellationToken);
    }

    private static async Task<IResult> DoAsync(OperatorActionKind action, IReadOnlyList<long>? ids, string reason, string? count, HttpContext context, DeadLetterPageReader reader, DeadLetterOperations operations, CancellationToken cancellationToken)
    {
        if (ids is not { Count: > 0 and <= DeadLetterPageReader.ActionLimit })
        {
            return Page.Say(StatusCodes.Status400BadRequest, "Nothing was done", "The form does not say which dead letters it is about. Choose them again.");
        }

        if (ProblemOf(ids, reason, count) is { } problem)
        {
            return await AskAsync(action, ids, reason, problem, reader, cancellationToken);
        }

        var result = await action.RunAsync(operations, new OperatorAction(context.User.Identity!.Name!, reason), new DeadLetterQuery { Ids = ids }, cancellationToken);
        return result.Next is { } next
            ? Results.LocalRedirect(next)
            : Page.Say(StatusCodes.Status409Conflict, "Nothing was done", result.Refusal!);
    }

    private static string? ProblemOf(IReadOnlyList<long> ids, string reason, string? count)
    {
        if (reason.Length == 0)
        {
            return "Say why: the reason goes into the audit.";
        }

        var typed = (count ?? "").Replace(",", "", StringComparison.Ordinal).Trim();
        return ids.Count > OperatorActionKind.TypedAbove && !string.Equals(typed, ids.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            ? $"Nothing was done: type {ids.Count} to confirm that you mean all of them."
            : null;
    }

    private static async Task<IResult> AskAsync(OperatorActionKind action, IReadOnlyList<long> ids, string reason, string? problem, DeadLetterPageReader reader, CancellationToken cancellationToken)
    {
        var selection = await reader.DescribeAsync(ids, cancellationToken);
        var preview = action.HasPreview ? await reader.PreviewAsync(selection.Ids, action.Rebases, cancellationToken) : null;
        var question = new OperatorActionQuestion(action, selection, preview, reason, problem);
        return Page.Of<OperatorActionPage>(new { Question = question }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>Null if one is not a number.</summary>
    private static IReadOnlyList<long>? IdsOf(string? text)
    {
        var ids = new SortedSet<long>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                return null;
            }

            ids.Add(id);
        }

        return [.. ids];
    }
}

/// <summary>What a action's page asks.</summary>
/// <param name="Preview">Null if there is none, or it took too long.</param>
/// <param name="Reason">As typed before.</param>
/// <param name="Problem">Why it was not done at once.</param>
public sealed record OperatorActionQuestion(OperatorActionKind OperatorAction, DeadLetterSelectionView Selection, ReplayPreviewView? Preview, string Reason, string? Problem);
