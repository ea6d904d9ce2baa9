using CaseWorker.Leases;

namespace CaseWorker.Processing;

/// <summary>The slots that this worker serves, each with its receive endpoint at the broker.</summary>
internal interface ISlotEndpoints
{
    /// <summary>The slots that are served or being given back.</summary>
    IEnumerable<OwnedSlot> All { get; }

    /// <summary>Whether the slot has an endpoint here.</summary>
    bool Serves(int slot);

    /// <summary>Whether the slot's endpoint has started to consume, which means that its queue exists.</summary>
    bool Consumes(OwnedSlot owned);

    /// <summary>Starts to consume. <see cref="ReadyAsync"/> completes when it does.</summary>
    void Start(SlotLease lease);

    /// <summary>Completes when everything that was started consumes or has been given back.</summary>
    Task ReadyAsync(CancellationToken cancellationToken);

    /// <summary>Finishes what was begun, in order, and gives the rest back to the broker. Then the slot is no longer served.</summary>
    Task GiveBackAsync(OwnedSlot owned, CancellationToken cancellationToken);

    /// <summary>Gives everything back to the broker as it is.</summary>
    void Abandon(OwnedSlot owned);
}
