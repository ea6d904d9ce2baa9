using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.Processing;

/// <summary>
/// Keeps this worker's share of the slots, a round every half second. It starts last and stops first, so that everything else is there
/// while slots are served.
/// </summary>
internal sealed class SlotCoordinator(SlotOwnership ownership, ISlotEndpoints endpoints, SchemaGuard schema, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource firstShare = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first share is served: a message published before its queue is bound would be lost.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        await firstShare.Task.WaitAsync(cancellationToken);
        await endpoints.ReadyAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ownership.LeaveAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.SchemaReady.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timer = new PeriodicTimer(Tick, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ownership.RenewAsync(stoppingToken);
                firstShare.TrySetResult();
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                ownership.OnFailure(error);
            }
            catch (Exception)
            {
                return; // It stops: what went wrong is given back with everything else.
            }

            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
