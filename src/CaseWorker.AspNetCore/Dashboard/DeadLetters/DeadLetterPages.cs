using System.Globalization;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.Formatting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>Finds dead letters and shows one.</summary>
internal static class DeadLetterPages
{
    public static void Map(IEndpointRouteBuilder ops)
    {
        ops.MapGet("/dead-letters", ListAsync);
        ops.MapGet("/dead-letters/{id:long}", async (long id, DeadLetterPageReader reader, CancellationToken cancellationToken) =>
            await reader.FindAsync(id, cancellationToken) is { } deadLetter
                ? Page.Of<DeadLetterPage>(new { DeadLetter = deadLetter })
                : Page.Say(StatusCodes.Status404NotFound, "Dead letter not found", $"No dead letter has the number {id}."));
    }

    private static async Task<IResult> ListAsync(HttpContext context, DeadLetterPageReader reader, CancellationToken cancellationToken)
    {
        var query = DeadLetterFilterForm.Of(context.Request.Query);
        var list = new DeadLetterListView(query, DoneOf(context.Request.Query));
        if (query.Problem is not null)
        {
            return Page.Of<DeadLettersPage>(new { List = list }, StatusCodes.Status400BadRequest);
        }

        switch (query.View)
        {
            case "fingerprints":
                list = list with { Fingerprints = await reader.ByFingerprintAsync(query, cancellationToken) };
                break;
            case "list":
                var (lines, hasMoreLines) = await reader.ListAsync(query, cancellationToken);
                list = list with { Lines = lines, Next = hasMoreLines ? lines[^1].Id : null };
                break;
            default:
                var (groups, hasMoreGroups) = await reader.ByCaseAsync(query, cancellationToken);
                list = list with { Cases = groups, Next = hasMoreGroups ? groups[^1].Head.Id : null };
                break;
        }

        return Page.Of<DeadLettersPage>(new { List = list });
    }

    /// <summary>Only the words and the number that a action leads back with.</summary>
    private static string? DoneOf(IQueryCollection query) =>
        query["done"].ToString() is "discarded" or "restored" && long.TryParse(query["count"], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count == 0 ? $"Nothing was {query["done"]}: somebody was quicker." : $"{Numbers.Of(count, "dead letter")} {query["done"]}. It is in the audit."
            : null;
}

/// <summary>What was found; only what the view shows is filled.</summary>
/// <param name="Done">What was done just now.</param>
public sealed record DeadLetterListView(DeadLetterFilterForm Query, string? Done)
{
    public IReadOnlyList<CaseGroup> Cases { get; init; } = [];

    public IReadOnlyList<FingerprintGroup> Fingerprints { get; init; } = [];

    public IReadOnlyList<DeadLetterLine> Lines { get; init; } = [];

    /// <summary>What the next page begins behind; null on the last.</summary>
    public long? Next { get; init; }

    public bool IsEmpty => Cases.Count + Fingerprints.Count + Lines.Count == 0;
}
