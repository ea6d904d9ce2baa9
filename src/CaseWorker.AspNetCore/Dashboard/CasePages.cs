using System.Globalization;
using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Contracts;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>One case: its current state, its history page by page, and its parked queue.</summary>
internal static class CasePages
{
    private const int PageSize = 100;

    public static void Map(IEndpointRouteBuilder ops)
    {
        ops.MapGet("/cases", (string? reference) => CaseReferenceConverter.TryParse((reference ?? "").Trim(), out var found)
            ? Results.LocalRedirect(AddressOf(found))
            : Page.Say(StatusCodes.Status400BadRequest, "Not a case reference", "A case reference is a positive whole number, such as 1600000000000010."));
        ops.MapGet("/cases/{reference:long}", ShowAsync);
    }

    private static async Task<IResult> ShowAsync(long reference, string? before, string? after, IDbContextFactory<CaseWorkerDbContext> contexts, DeadLetterPageReader deadLetters, CancellationToken cancellationToken)
    {
        if (PageOf(before, after) is not { } page)
        {
            return Page.Say(StatusCodes.Status400BadRequest, "There is no such place in the history", "The address is mistyped. Open the case again.");
        }

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        var history = await CaseHistory.ReadAsync(context, reference, page, cancellationToken);
        var queue = await deadLetters.FindQueueAsync(reference, cancellationToken);
        var current = await CaseView.FindAsync(context, reference, cancellationToken);
        return history.Entries.Count == 0 && queue is null && current is null
            ? Page.Say(StatusCodes.Status404NotFound, "Case not found", $"Case {reference} does not exist, and no command for it was ever recorded.")
            : Page.Of<CasePage>(new { Case = new CasePageView(reference, current is null ? null : CurrentOf(current), queue, TimelineView.Of(history, AddressOf(reference))) });
    }

    /// <summary>Null if the address cannot be understood.</summary>
    private static HistoryPage? PageOf(string? before, string? after) => (before, after) switch
    {
        (null, null) => new HistoryPage(PageSize, HistoryPosition.Newest, IsForward: false, HasHeld: false),
        (null, TimelineView.Oldest) => new HistoryPage(PageSize, HistoryPosition.Oldest, IsForward: true, HasHeld: false),
        ({ } text, null) when HistoryPosition.TryParse(text, out var from) => new HistoryPage(PageSize, from, IsForward: false, HasHeld: false),
        (null, { } text) when HistoryPosition.TryParse(text, out var from) => new HistoryPage(PageSize, from, IsForward: true, HasHeld: false),
        _ => null,
    };

    private static string AddressOf(long reference) => string.Create(CultureInfo.InvariantCulture, $"{AccessServices.DashboardPath}/cases/{reference}");

    private static CurrentCase CurrentOf(CaseView view) =>
        new(view.Case.Version, view.Case.Nonce, view.Case.CreatedAt, view.Case.UpdatedAt, view.NoteCount, PayloadText.Of(view.Case.JsonBlob));
}

/// <summary>What a case's page shows.</summary>
/// <param name="Current">Null if the case does not exist (yet).</param>
/// <param name="Queue">Null if the case is not parked.</param>
public sealed record CasePageView(long Reference, CurrentCase? Current, ParkedQueueView? Queue, TimelineView Timeline);

/// <summary>The current state of a case.</summary>
public sealed record CurrentCase(long Version, long Nonce, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Notes, string Json);

/// <summary>The parked queue of a case.</summary>
/// <param name="Head">The command that failed.</param>
/// <param name="Count">All commands of the queue.</param>
public sealed record ParkedQueueView(DeadLetterLine Head, long Count);
