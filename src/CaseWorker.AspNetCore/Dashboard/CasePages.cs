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

/// <summary>One case: how it stands, how it came to that, and what waits.</summary>
internal static class CasePages
{
    private const int Shown = 100;
    private const int ShownAtMost = 1_000;

    public static void Map(IEndpointRouteBuilder ops)
    {
        ops.MapGet("/cases", (string? reference) => CaseReferenceConverter.TryParse((reference ?? "").Trim(), out var found)
            ? Results.LocalRedirect(string.Create(CultureInfo.InvariantCulture, $"{AccessServices.DashboardPath}/cases/{found}"))
            : Page.Say(StatusCodes.Status400BadRequest, "Not a case reference", "A case reference is a positive whole number, such as 1600000000000010."));
        ops.MapGet("/cases/{reference:long}", async (long reference, int? limit, IDbContextFactory<CaseWorkerDbContext> contexts, DeadLetterPageReader deadLetters, CancellationToken cancellationToken) =>
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
            var history = await CaseHistory.ReadAsync(context, reference, Math.Clamp(limit ?? Shown, 1, ShownAtMost), cancellationToken);
            if (history.Entries.Count == 0)
            {
                return Page.Say(StatusCodes.Status404NotFound, "Case not found", $"Case {reference} does not exist, and no command for it was ever recorded.");
            }

            var now = await CaseView.FindAsync(context, reference, cancellationToken);
            var (line, _) = await deadLetters.ListAsync(new DeadLetterFilterForm { Case = reference.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
            return Page.Of<CasePage>(new { Case = new CaseTimeLine(history, now is null ? null : StandOf(now), [.. line.Where(deadLetter => deadLetter.Kind is DeadLetterKinds.Failed or DeadLetterKinds.Held)]) });
        });
    }

    private static CaseStand StandOf(CaseView view) =>
        new(view.Case.Version, view.Case.Nonce, view.Case.CreatedAt, view.Case.UpdatedAt, view.NoteCount, PayloadText.Of(view.Case.JsonBlob));
}

/// <summary>What a case's page shows.</summary>
/// <param name="Now">Null if it does not exist (yet).</param>
/// <param name="Waiting">The beginning of its parked queue, the head first.</param>
public sealed record CaseTimeLine(CaseHistory History, CaseStand? Now, IReadOnlyList<DeadLetterLine> Waiting);

/// <summary>The current state of a case.</summary>
public sealed record CaseStand(long Version, long Nonce, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Notes, string Json);
