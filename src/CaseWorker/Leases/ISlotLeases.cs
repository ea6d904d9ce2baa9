namespace CaseWorker.Leases;

/// <summary>The slot leases in the database, as one worker uses them.</summary>
internal interface ISlotLeases
{
    /// <summary>Renews what this worker holds and reads who holds what.</summary>
    /// <param name="serves">Whether this worker can reach its broker; if not, the others divide the slots among themselves.</param>
    /// <param name="busy">The slots with work, and how long their oldest command has been in work.</param>
    Task<LeaseSnapshot> RenewAsync(bool serves, IReadOnlyList<(int Slot, TimeSpan Lag)> busy, CancellationToken cancellationToken);

    /// <summary>Takes slots as they were seen.</summary>
    /// <returns>The leases it got: other workers may have been quicker.</returns>
    Task<IReadOnlyList<SlotLease>> TakeAsync(IReadOnlyList<SlotView> slots, CancellationToken cancellationToken);

    /// <summary>Frees one slot for the next owner.</summary>
    Task GiveBackAsync(SlotLease lease, CancellationToken cancellationToken);

    /// <summary>Removes this worker and frees everything it held.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}
