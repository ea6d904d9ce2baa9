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
internal static class DeedPages
{
    public static void Map(IEndpointRouteBuilder ops)
    {
        foreach (var deed in DeedKind.All)
        {
            ops.MapGet($"/dead-letters/{deed.Name}", (HttpContext context, LetterReader reader, CancellationToken cancellationToken) => AskAsync(deed, context, reader, cancellationToken)).RequireAuthorization(deed.Scope);
            ops.MapPost(
                $"/dead-letters/{deed.Name}",
                ([FromForm] string? ids, [FromForm] string? reason, [FromForm] string? count, HttpContext context, LetterReader reader, OperatorDesk desk, CancellationToken cancellationToken) =>
                    DoAsync(deed, IdsOf(ids), Deed.CleanReason(reason), count, context, reader, desk, cancellationToken)).RequireAuthorization(deed.Scope);
        }
    }

    private static async Task<IResult> AskAsync(DeedKind deed, HttpContext context, LetterReader reader, CancellationToken cancellationToken)
    {
        var query = LetterQuery.Of(context.Request.Query);
        return query.Problem is { } problem
            ? Page.Say(StatusCodes.Status400BadRequest, "Nothing was chosen", problem)
            : await AskAsync(deed, await reader.FreezeAsync(deed, query, cancellationToken), "", null, reader, cancellationToken);
    }

    private static async Task<IResult> DoAsync(DeedKind deed, IReadOnlyList<long>? ids, string reason, string? count, HttpContext context, LetterReader reader, OperatorDesk desk, CancellationToken cancellationToken)
    {
        if (ids is not { Count: > 0 and <= LetterReader.DeedLimit })
        {
            return Page.Say(StatusCodes.Status400BadRequest, "Nothing was done", "The form does not say which dead letters it is about. Choose them again.");
        }

        if (ProblemOf(ids, reason, count) is { } problem)
        {
            return await AskAsync(deed, ids, reason, problem, reader, cancellationToken);
        }

        var result = await deed.RunAsync(desk, new Deed(context.User.Identity!.Name!, reason), new LetterFilter { Ids = ids }, cancellationToken);
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
        return ids.Count > DeedKind.TypedAbove && !string.Equals(typed, ids.Count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            ? $"Nothing was done: type {ids.Count} to confirm that you mean all of them."
            : null;
    }

    private static async Task<IResult> AskAsync(DeedKind deed, IReadOnlyList<long> ids, string reason, string? problem, LetterReader reader, CancellationToken cancellationToken)
    {
        var frozen = await reader.DescribeAsync(ids, cancellationToken);
        var preview = deed.HasPreview ? await reader.PreviewAsync(frozen, deed.Rebases, cancellationToken) : null;
        var question = new DeedQuestion(deed, frozen, preview, reason, problem);
        return Page.Of<DeedPage>(new { Question = question }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>Null where one is no number.</summary>
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

/// <summary>What a deed's page asks.</summary>
/// <param name="Preview">Null where there is none, or it took too long.</param>
/// <param name="Reason">As typed before.</param>
/// <param name="Problem">Why it was not done at once.</param>
public sealed record DeedQuestion(DeedKind Deed, FrozenLetters Frozen, IReadOnlyList<PreviewLine>? Preview, string Reason, string? Problem);
