using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Queries;

/// <summary>A page of everything that was asked of one case, in the order of time.</summary>
/// <param name="Reference">The case.</param>
/// <param name="Entries">Oldest first.</param>
/// <param name="Older">What is older ends here; null if nothing is.</param>
/// <param name="Newer">What is newer begins here; null if nothing is.</param>
internal sealed record CaseHistory(long Reference, IReadOnlyList<HistoryEntry> Entries, HistoryPosition? Older, HistoryPosition? Newer)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = JsonLimits.MaxDepth + 4,
    };

    /// <summary>Whether there are older entries.</summary>
    public bool IsCut => Older is not null;

    /// <summary>Reads a page: of each source one entry more than is shown, so that it is known where the next page begins.</summary>
    public static async Task<CaseHistory> ReadAsync(CaseWorkerDbContext context, long reference, HistoryPage page, CancellationToken cancellationToken)
    {
        await using var transaction = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        Queue<HistoryEntry>[] sources =
        [
            new((await HistorySources.Events(context, reference, page).ToListAsync(cancellationToken)).Select(HistoryEntry.Of)),
            new((await HistorySources.Refusals(context, reference, page).ToListAsync(cancellationToken)).Select(HistoryEntry.Of)),
            new((await HistorySources.DeadLetters(context, reference, page).ToListAsync(cancellationToken)).Select(HistoryEntry.Of)),
            new((await HistorySources.Actions(context, reference, page).ToListAsync(cancellationToken)).Select(HistoryEntry.Of)),
        ];
        return Merge(reference, page, sources);
    }

    /// <summary>Prints the history as one JSON object.</summary>
    public void WriteJson() => Console.WriteLine(JsonSerializer.Serialize(
        new { reference = Reference.ToString(CultureInfo.InvariantCulture), isCut = IsCut, entries = Entries },
        Json));

    /// <summary>Merges sources into a page. Each has its entries in the direction of the page.</summary>
    internal static CaseHistory Merge(long reference, HistoryPage page, Queue<HistoryEntry>[] sources)
    {
        var entries = new List<HistoryEntry>();
        while (entries.Count < page.Limit && NextOf(sources, page.IsForward) is { } source)
        {
            entries.Add(source.Dequeue());
        }

        // One direction goes on behind what was shown, or before what was left; the other one back to where the page began.
        var rest = sources.Where(source => source.Count > 0).Select(source => source.Peek()).ToList();
        if (page.IsForward)
        {
            var end = entries.Aggregate(page.From, (position, entry) => position.Behind(entry));
            return new CaseHistory(reference, entries, page.From == HistoryPosition.Oldest ? null : page.From, rest.Count > 0 ? end : null);
        }

        entries.Reverse();
        var older = rest.Count > 0 ? rest.Aggregate(HistoryPosition.Oldest, (position, entry) => position.Behind(entry)) : null;
        return new CaseHistory(reference, entries, older, page.From == HistoryPosition.Newest ? null : page.From);
    }

    /// <summary>The source of the next entry. At the same time the event comes first, then what refers to it.</summary>
    private static Queue<HistoryEntry>? NextOf(Queue<HistoryEntry>[] sources, bool isForward)
    {
        var filled = sources.Select((source, rank) => (Source: source, Rank: rank)).Where(candidate => candidate.Source.Count > 0)
            .OrderBy(candidate => candidate.Source.Peek().At).ThenBy(candidate => candidate.Source.Peek().Position).ThenBy(candidate => candidate.Rank)
            .Select(candidate => candidate.Source);
        return isForward ? filled.FirstOrDefault() : filled.LastOrDefault();
    }
}
