using CaseWorker.Contracts;
using CaseWorker.Processing;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>The last of a batch comes first.</summary>
internal sealed class BatchReversed(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch) => [.. batch.Reverse()];
}

/// <summary>Two notes of one case change places: nothing conflicts, and only the order tells.</summary>
internal sealed class OrderBrokenByOne(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch)
    {
        var changed = batch.ToList();
        var notes = batch.Where(parsed => parsed.Command?.ActionName is CaseActions.NoteAdd).GroupBy(parsed => parsed.Command!.CaseReference).FirstOrDefault(group => group.Count() > 1);
        if (notes is not null)
        {
            var (first, second) = (changed.IndexOf(notes.First()), changed.IndexOf(notes.ElementAt(1)));
            (changed[first], changed[second]) = (changed[second], changed[first]);
        }

        return changed;
    }
}
