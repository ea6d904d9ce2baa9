namespace CaseWorker.Leases;

/// <summary>The right to serve one slot.</summary>
/// <param name="Slot">0 to 63.</param>
/// <param name="Epoch">Counts the slot's holders: one more with each. Every batch checks it, so that a former holder cannot commit.</param>
internal sealed record SlotLease(int Slot, long Epoch);
