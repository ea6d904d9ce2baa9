using System.Diagnostics;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Persistence.Schema;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Processing;

/// <summary>
/// Keeps this worker's share of the slots: renews, looks at the others, takes what is free and gives back what is too much. Started
/// last and stopped first, so that everything is there while it serves.
/// </summary>
internal sealed class SlotCoordinator(
    LeaseTable table,
    SlotEndpoints endpoints,
    SchemaGuard schema,
    BrokerProbe probe,
    WorkerName workerName,
    LeaseLostHandler loss,
    SlotHealth health,
    ILogger<SlotCoordinator> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>Slots that are handed over at the same time: each takes a quarter of a second, and the others flow meanwhile.</summary>
    private const int HandOversAtATime = 8;

    /// <summary>Without a renewal for so long it stops consuming, before another takes over.</summary>
    private static readonly TimeSpan SafeTime = LeaseTable.LeaseTime * 0.7;

    /// <summary>Without its broker for so long it leaves its slots to others.</summary>
    private static readonly TimeSpan BrokerTime = TimeSpan.FromSeconds(5);

    /// <summary>After an outage all come back, each with what it had; for so long nobody takes what belongs to another.</summary>
    private static readonly TimeSpan GraceTime = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource firstShare = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, Task> handOvers = [];
    private Task running = Task.CompletedTask;
    private long renewedAt = Stopwatch.GetTimestamp();
    private long? failedAt;

    /// <summary>Completes when the first share is served: a message published before its queue is bound would be lost.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(RunAsync, CancellationToken.None);
        await firstShare.Task.WaitAsync(cancellationToken);
        await endpoints.ReadyAsync(cancellationToken);
    }

    /// <summary>Finishes what is begun, gives everything back, and tells the others.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running;
        await Task.WhenAll(endpoints.All.Select(held => endpoints.GiveBackAsync(held, cancellationToken)).Concat(handOvers.Values));
        try
        {
            await table.LeaveAsync(cancellationToken);
        }
        catch (Exception error) when (FailurePolicy.IsTransient(error))
        {
            log.LogInformation("The database cannot be told that this worker leaves ({Error}); its slots are free in {Time:N0} s.", error.GetBaseException().Message, LeaseTable.LeaseTime.TotalSeconds);
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task RunAsync()
    {
        await schema.SchemaReady.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timer = new PeriodicTimer(Tick);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await KeepAsync(stopping.Token);
                firstShare.TrySetResult();
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                OnFailure(error);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await ((Task)timer.WaitForNextTickAsync(stopping.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var view = await table.RenewAsync(serves: !IsCutOff, Busy(), cancellationToken);
        renewedAt = Stopwatch.GetTimestamp();
        CheckLosses(view);
        Resume(view);

        var mayTakeOver = failedAt is not { } time || Stopwatch.GetElapsedTime(time) > GraceTime;
        var moves = SlotBalancer.Decide(workerName, view, mayTakeOver);
        BeginHandOvers(moves.GiveBack);
        if (moves.Take.Count > 0)
        {
            foreach (var lease in await table.TakeAsync(moves.Take, cancellationToken))
            {
                endpoints.Start(lease);
            }
        }

        health.ReportShare(endpoints.All.Count(held => held.IsServed), view.Slots.Count, view.Workers.Count);
    }

    private bool IsCutOff => probe.UnavailableFor >= BrokerTime;

    private List<(int Slot, TimeSpan Lag)> Busy() =>
        [.. endpoints.All.Select(held => (held.Lease.Slot, held.Lag)).Where(one => one.Lag is not null).Select(one => (one.Slot, one.Lag!.Value))];

    /// <summary>A slot that belongs to another while it is served here: this worker is the one that everybody takes for dead.</summary>
    private void CheckLosses(LeaseSnapshot view)
    {
        var mine = view.Slots.Where(slot => slot.Owner == workerName).Select(slot => slot.Lease).ToHashSet();
        var lost = endpoints.All.Where(held => held.IsServed && !mine.Contains(held.Lease)).ToList();
        if (lost.Count > 0)
        {
            loss.End(lost.Select(held => held.Lease.Slot));
        }
    }

    /// <summary>What it holds and does not serve: after an outage, or when the answer to a take was lost.</summary>
    private void Resume(LeaseSnapshot view)
    {
        foreach (var slot in view.Slots.Where(slot => slot.Owner == workerName && !endpoints.Serves(slot.Slot) && !handOvers.ContainsKey(slot.Slot)))
        {
            endpoints.Start(slot.Lease);
        }
    }

    /// <summary>
    /// Of what consumes: a slot that went on before its queue was declared would leave nobody for what is published meanwhile. Without
    /// its broker this worker never will, and another must.
    /// </summary>
    private void BeginHandOvers(IReadOnlyList<SlotLease> leases)
    {
        foreach (var (done, _) in handOvers.Where(handOver => handOver.Value.IsCompleted).ToList())
        {
            handOvers.Remove(done);
        }

        var ready = endpoints.All.Where(held => held.IsServed && leases.Contains(held.Lease) && (endpoints.Consumes(held) || IsCutOff));
        foreach (var held in ready.Take(HandOversAtATime - handOvers.Count).ToList())
        {
            handOvers[held.Lease.Slot] = HandOverAsync(held);
        }
    }

    /// <summary>The next owner subscribes only when this one has finished, acknowledged and closed.</summary>
    private async Task HandOverAsync(OwnedSlot held)
    {
        await endpoints.GiveBackAsync(held, CancellationToken.None);
        try
        {
            await table.GiveBackAsync(held.Lease, CancellationToken.None);
        }
        catch (Exception error) when (FailurePolicy.IsTransient(error))
        {
            log.LogInformation("Slot {Slot} could not be given back ({Error}); it is served again.", held.Lease.Slot, error.GetBaseException().Message);
        }
    }

    private void OnFailure(Exception error)
    {
        if (failedAt is null || Stopwatch.GetElapsedTime(failedAt.Value) > GraceTime)
        {
            log.LogWarning("The leases of this worker's slots cannot be renewed ({Error}); trying again.", error.GetBaseException().Message);
        }

        failedAt = Stopwatch.GetTimestamp();
        health.ReportBlocked(error.GetBaseException().Message);
        if (Stopwatch.GetElapsedTime(renewedAt) > SafeTime)
        {
            foreach (var held in endpoints.All)
            {
                endpoints.Abandon(held);
            }
        }
    }
}
