using CaseWorker.Persistence;

namespace CaseWorker.Leases;

/// <summary>The locks under which a batch works on slots, and the check that they still belong to its worker.</summary>
internal static class SlotLocks
{
    /// <summary>A batch's first lock. Until it is released, no other worker can take one of these slots.</summary>
    public static void Share(StatementPipeline pipeline, IReadOnlyList<SlotLease> leases) =>
        pipeline.Query(LeaseSql.ShareSlots, row => row.GetInt64(0), SlotsOf(leases));

    /// <summary>Finds the slots that the worker no longer owns under these epochs. A statement of its own, after the lock.</summary>
    public static PendingRows<int> FindLost(StatementPipeline pipeline, WorkerName worker, IReadOnlyList<SlotLease> leases) =>
        pipeline.Query(LeaseSql.FindLost, row => row.GetInt32(0), worker.Value, SlotsOf(leases), leases.Select(lease => lease.Epoch).ToArray());

    private static int[] SlotsOf(IReadOnlyList<SlotLease> leases) => [.. leases.Select(lease => lease.Slot)];
}
