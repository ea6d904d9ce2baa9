namespace CaseWorker.Leases;

/// <summary>
/// Who should hold how many slots. Every worker decides for itself, from the same view: the slots divided by the workers, the oldest
/// workers taking one of the remainder each. A worker above its share gives back, one below it takes what is free; once all have their
/// share, nothing moves.
/// </summary>
internal static class SlotBalancer
{
    /// <param name="workerName">This worker's name.</param>
    /// <param name="view">What it saw.</param>
    /// <param name="mayTakeOver">Whether it may take slots of a worker that is gone; else only those that were given back.</param>
    public static SlotMoves Decide(WorkerName workerName, LeaseSnapshot view, bool mayTakeOver)
    {
        var mine = view.Slots.Where(slot => slot.Owner == workerName).ToList();
        var rank = view.Workers.Index().Where(worker => worker.Item == workerName).Select(worker => worker.Index).DefaultIfEmpty(-1).First();
        var share = rank < 0 ? 0 : ShareOf(rank, view.Slots.Count, view.Workers.Count);
        if (mine.Count >= share)
        {
            return new SlotMoves([.. mine[share..].Select(slot => slot.Lease)], []);
        }

        var free = view.Slots.Where(slot => slot.Owner is null || (slot.IsExpired && mayTakeOver && slot.Owner != workerName)).ToList();

        // Several newcomers begin at different places, so that they do not reach for the same ones.
        var start = free.Count * rank / view.Workers.Count;
        return new SlotMoves([], [.. free[start..].Concat(free[..start]).Take(share - mine.Count)]);
    }

    /// <param name="rank">From 0, the oldest.</param>
    internal static int ShareOf(int rank, int slots, int workers) => (slots / workers) + (rank < slots % workers ? 1 : 0);
}

/// <summary>What a worker does next.</summary>
/// <param name="GiveBack">Leases to end, after their work is finished.</param>
/// <param name="Take">Slots to take, as they were seen.</param>
internal sealed record SlotMoves(IReadOnlyList<SlotLease> GiveBack, IReadOnlyList<SlotView> Take);
