using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Processing;

/// <summary>
/// One worker's share of the slots. A round renews the leases, looks at the other workers, gives back what is too much and takes what is
/// free. <see cref="SlotCoordinator"/> says when.
/// </summary>
internal sealed class SlotOwnership(
    ISlotLeases leases,
    ISlotEndpoints endpoints,
    IBrokerAvailability broker,
    WorkerName workerName,
    LeaseLostHandler loss,
    SlotHealth health,
    TimeProvider time,
    ILogger<SlotOwnership> log)
{
    /// <summary>Slots that are handed over at the same time: each takes a quarter of a second, and the others flow meanwhile.</summary>
    internal const int HandOversAtATime = 8;

    /// <summary>Without a renewal for this long the worker stops consuming, before another takes over.</summary>
    internal static readonly TimeSpan SafeTime = LeaseTable.LeaseTime * 0.7;

    /// <summary>Without its broker for this long the worker leaves its slots to others.</summary>
    internal static readonly TimeSpan BrokerTime = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After an outage all workers come back, each with what it had, and after a step of the database's clock all leases look expired or endless until they
    /// are renewed. For this long nobody takes what belongs to another.
    /// </summary>
    internal static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(3);

    /// <summary>How much more or less time may pass by the database's clock than by this process's between two rounds.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, Task> handOvers = [];
    private long renewedAt = time.GetTimestamp();
    private long? failedAt;
    private DateTimeOffset? databaseTime;
    private bool joined;

    private bool IsCutOff => broker.UnavailableFor >= BrokerTime;

    /// <summary>One round.</summary>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        joined = true;
        var snapshot = await leases.RenewAsync(serves: !IsCutOff, Busy(), cancellationToken);
        CheckClock(snapshot);
        renewedAt = time.GetTimestamp();
        CheckLosses(snapshot);
        Resume(snapshot);

        var mayTakeOver = failedAt is not { } failed || time.GetElapsedTime(failed) > GraceTime;
        var moves = SlotBalancer.Decide(workerName, snapshot, mayTakeOver);
        BeginHandOvers(moves.GiveBack);
        if (moves.Take.Count > 0)
        {
            foreach (var lease in await leases.TakeAsync(moves.Take, cancellationToken))
            {
                endpoints.Start(lease);
            }
        }

        health.ReportShare(endpoints.All.Count(owned => owned.IsServed), snapshot.Slots.Count, snapshot.Workers.Count);
    }

    /// <summary>Handles a round that failed. A worker that cannot renew for too long stops consuming before its leases expire.</summary>
    public void OnFailure(Exception error)
    {
        if (failedAt is null || time.GetElapsedTime(failedAt.Value) > GraceTime)
        {
            log.LeasesNotRenewed(error.GetBaseException().Message);
        }

        failedAt = time.GetTimestamp();
        health.ReportBlocked(error.GetBaseException().Message);
        if (time.GetElapsedTime(renewedAt) > SafeTime)
        {
            foreach (var owned in endpoints.All)
            {
                endpoints.Abandon(owned);
            }
        }
    }

    /// <summary>Finishes what is begun, gives everything back, and tells the other workers. Does nothing if the worker was stopped before its first round.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        if (!joined)
        {
            return;
        }

        await Task.WhenAll(endpoints.All.Select(owned => endpoints.GiveBackAsync(owned, cancellationToken)).Concat(handOvers.Values));
        try
        {
            await leases.LeaveAsync(cancellationToken);
        }
        catch (Exception error) when (FailurePolicy.IsTransient(error))
        {
            log.LeaveNotRecorded(error.GetBaseException().Message, LeaseTable.LeaseTime.TotalSeconds);
        }
    }

    private List<(int Slot, TimeSpan Lag)> Busy() =>
        [.. endpoints.All.Select(owned => (owned.Lease.Slot, owned.Lag)).Where(slot => slot.Lag is not null).Select(slot => (slot.Slot, slot.Lag!.Value))];

    private void CheckClock(LeaseSnapshot snapshot)
    {
        if (databaseTime is { } before && ((snapshot.ReadAt - before) - time.GetElapsedTime(renewedAt)).Duration() > ClockTolerance)
        {
            failedAt = time.GetTimestamp();
        }

        databaseTime = snapshot.ReadAt;
    }

    /// <summary>A slot that belongs to another while it is served here: the others take this worker for dead.</summary>
    private void CheckLosses(LeaseSnapshot snapshot)
    {
        var mine = snapshot.Slots.Where(slot => slot.Owner == workerName).Select(slot => slot.Lease).ToHashSet();
        var lost = endpoints.All.Where(owned => owned.IsServed && !mine.Contains(owned.Lease)).ToList();
        if (lost.Count > 0)
        {
            loss.End(lost.Select(owned => owned.Lease.Slot));
        }
    }

    /// <summary>Starts what it holds and does not serve: after an outage, or when the answer to a take was lost.</summary>
    private void Resume(LeaseSnapshot snapshot)
    {
        foreach (var slot in snapshot.Slots.Where(slot => slot.Owner == workerName && !endpoints.Serves(slot.Slot) && !handOvers.ContainsKey(slot.Slot)))
        {
            endpoints.Start(slot.Lease);
        }
    }

    /// <summary>
    /// Only slots that consume are handed over: if one went on before its queue was declared, nobody would get what is published
    /// meanwhile. A worker without its broker never consumes, so it hands over anyway.
    /// </summary>
    private void BeginHandOvers(IReadOnlyList<SlotLease> tooMany)
    {
        foreach (var (slot, _) in handOvers.Where(handOver => handOver.Value.IsCompleted).ToList())
        {
            handOvers.Remove(slot);
        }

        var ready = endpoints.All.Where(owned => owned.IsServed && tooMany.Contains(owned.Lease) && (endpoints.Consumes(owned) || IsCutOff));
        foreach (var owned in ready.Take(HandOversAtATime - handOvers.Count).ToList())
        {
            handOvers[owned.Lease.Slot] = HandOverAsync(owned);
        }
    }

    /// <summary>The next owner subscribes only when this one has finished, acknowledged and closed.</summary>
    private async Task HandOverAsync(OwnedSlot owned)
    {
        await endpoints.GiveBackAsync(owned, CancellationToken.None);
        try
        {
            await leases.GiveBackAsync(owned.Lease, CancellationToken.None);
        }
        catch (Exception error) when (FailurePolicy.IsTransient(error))
        {
            log.SlotNotGivenBack(owned.Lease.Slot, error.GetBaseException().Message);
        }
    }
}
