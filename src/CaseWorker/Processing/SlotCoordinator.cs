using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.Processing;

/// <summary>
/// Keeps this worker's share of the slots, a round every half second. It starts last and stops first, so that everything else is there
/// while slots are served.
/// </summary>
internal sealed class SlotCoordinator(SlotOwnership ownership, ISlotEndpoints endpoints, SchemaGuard schema, TimeProvider time) : IHostedService, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource firstShare = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task running = Task.CompletedTask;

    /// <summary>Completes when the first share is served: a message published before its queue is bound would be lost.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        running = Task.Run(RunAsync, CancellationToken.None);
        await firstShare.Task.WaitAsync(cancellationToken);
        await endpoints.ReadyAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running;
        await ownership.LeaveAsync(cancellationToken);
    }

    public void Dispose() => stopping.Dispose();

    private async Task RunAsync()
    {
        await schema.SchemaReady.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var timer = new PeriodicTimer(Tick, time);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ownership.RenewAsync(stopping.Token);
                firstShare.TrySetResult();
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                ownership.OnFailure(error);
            }
            catch (Exception)
            {
                return; // It stops: what went wrong is given back with everything else.
            }

            await ((Task)timer.WaitForNextTickAsync(stopping.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
