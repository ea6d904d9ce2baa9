using CaseWorker.Diagnostics;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Processing;

/// <summary>
/// An ordered loop: it takes what is there of some slots, commits it, publishes the outcomes, and only then lets it be acknowledged and
/// the slots go. A crash anywhere before that means redelivery, and redelivery finds the recorded outcome.
/// </summary>
internal sealed class BatchWorker(
    int number,
    BatchDispatcher dispatcher,
    BatchProcessor processor,
    OutcomePublisher publisher,
    LeaseLostHandler loss,
    ProcessingHealth health,
    CaseWorkerMetrics metrics,
    IHostApplicationLifetime lifetime,
    ILogger<BatchWorker> log)
{
    /// <summary>How long a stopping worker still waits for a database that does not answer; what it then lets go of comes again.</summary>
    private static readonly TimeSpan PatienceWhileStopping = TimeSpan.FromSeconds(10);

    private CancellationToken impatient;

    public async Task RunAsync()
    {
        using var impatience = new CancellationTokenSource();
        impatient = impatience.Token;
        await using var stopping = lifetime.ApplicationStopping.Register(() => impatience.CancelAfter(PatienceWhileStopping));
        while (await dispatcher.TakeAsync() is { } taken)
        {
            using (taken)
            {
                // What lost its channel is left out: the broker delivers it again, in order.
                var batch = taken.Deliveries.FindAll(delivery => delivery.Channel.IsOpen);
                if (await CommitAsync(batch))
                {
                    taken.EndCommitWindow();
                    await publisher.PublishAsync(number, batch);
                    await FinishAsync(batch);
                }
                else
                {
                    GiveBack(batch);
                }
            }
        }
    }

    /// <summary>Tries until it is committed. Gives false only when the worker stops before that, or has lost a slot.</summary>
    private async Task<bool> CommitAsync(List<Delivery> batch)
    {
        for (var attempt = 1; batch.Count > 0; attempt++)
        {
            try
            {
                using var measured = metrics.Batch(batch.Count);
                await processor.CommitAsync(batch).WaitAsync(impatient);
                health.ReportHealthy(number);
                return true;
            }
            catch (LeaseLostException lost)
            {
                health.ReportHealthy(number);
                if (batch.Any(delivery => delivery.Channel.IsOpen && lost.Slots.Contains(delivery.Channel.Lease.Slot)))
                {
                    loss.End(lost.Slots);
                }

                return false;
            }
            catch (Exception error)
            {
                switch (FailurePolicy.Decide(error, batch.Count, attempt))
                {
                    case FailureAction.Split:
                        log.LogWarning(error, "A batch of {Count} failed for one of its commands; looking for that one.", batch.Count);
                        var half = batch.Count / 2;
                        return await CommitAsync(batch[..half]) && await CommitAsync(batch[half..]);
                    case FailureAction.DeadLetter when batch[0].Failure is null:
                        batch[0].Failure = error;
                        attempt = 0;
                        continue;
                    default:
                        if (!await WaitAsync(error, attempt))
                        {
                            return false;
                        }

                        break;
                }
            }
        }

        return true;
    }

    private async Task<bool> WaitAsync(Exception error, int attempt)
    {
        var delay = Backoff.DelayOf(attempt);
        health.ReportBlocked(number, $"{error.GetBaseException().Message} (try {attempt})");
        metrics.Retried();
        log.LogWarning("Batch worker {Worker} cannot commit yet ({Error}); nothing is lost, trying again in {Delay:N0} ms (try {Attempt}).", number, error.GetBaseException().Message, delay.TotalMilliseconds, attempt);
        log.LogDebug(error, "Lane {Lane} failed.", number);
        await Task.Delay(delay, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !lifetime.ApplicationStopping.IsCancellationRequested;
    }

    private async Task FinishAsync(List<Delivery> batch)
    {
        foreach (var delivery in batch)
        {
            metrics.Finished(delivery);
            if (delivery.IsNewDeadLetter)
            {
                var deadLetter = delivery.ToDeadLetter();
                log.Log(deadLetter.Kind is DeadLetterKinds.Held ? LogLevel.Debug : LogLevel.Warning, "Dead letter ({Kind}): {Detail}", deadLetter.Kind, deadLetter.Detail);
            }
        }

        // In the order of the queues: the last of a channel stands for all of it.
        foreach (var ofChannel in batch.GroupBy(delivery => delivery.Channel))
        {
            await ofChannel.Key.FinishAsync(ofChannel.Last().Tag);
        }
    }

    /// <summary>The batch cannot be committed by this worker: its channels close, and the broker gets it back in order.</summary>
    private static void GiveBack(List<Delivery> batch)
    {
        foreach (var delivery in batch)
        {
            delivery.Channel.Close();
        }
    }
}
