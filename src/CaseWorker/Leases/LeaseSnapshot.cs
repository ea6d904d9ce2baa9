namespace CaseWorker.Leases;

/// <summary>What a worker saw of the others, by the database's clock.</summary>
/// <param name="ReadAt">When that was.</param>
/// <param name="Workers">Those that can serve, the oldest first.</param>
/// <param name="Slots">All slots, in order.</param>
internal sealed record LeaseSnapshot(DateTimeOffset ReadAt, IReadOnlyList<WorkerName> Workers, IReadOnlyList<SlotView> Slots);

/// <summary>One row of <c>slot_leases</c>.</summary>
/// <param name="Owner">The holder's name; null if it was given back.</param>
/// <param name="ExpiresAt">By the database's clock.</param>
/// <param name="IsExpired">Its holder is dead, or has not renewed it in time.</param>
internal sealed record SlotView(int Slot, long Epoch, WorkerName? Owner, DateTimeOffset? ExpiresAt, bool IsExpired)
{
    public SlotLease Lease => new(Slot, Epoch);
}
