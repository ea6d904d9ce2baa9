using CaseWorker.Cases;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Processing;

/// <summary>
/// An ordered loop: takes what waits of some slots, commits it, publishes the outcomes, and only then acknowledges it and releases the slots.
/// A crash anywhere before that means redelivery, and redelivery finds the recorded outcome.
/// </summary>
internal sealed class BatchWorker(
    int number,
    BatchDispatcher dispatcher,
    CommandReader reader,
    IBatchProcessor processor,
    IOutcomePublisher publisher,
    LeaseLostHandler leaseLost,
    ProcessingHealth health,
    CaseWorkerMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<BatchWorker> log)
{
    /// <summary>How long a stopping worker still waits for a database that does not answer. What it gives up then is redelivered.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    public async Task RunAsync()
    {
        using var giveUp = new CancellationTokenSource();
        await using var stopping = lifetime.ApplicationStopping.Register(() => giveUp.CancelAfter(StopPatience));
        while (await dispatcher.TakeAsync() is { } taken)
        {
            using (taken)
            {
                var batch = Parse(taken.Deliveries);
                if (await CommitAsync(batch, giveUp.Token) is not { } processed)
                {
                    GiveBack(batch);
                    continue;
                }

                taken.EndCommitWindow();
                await PublishAsync(processed);
                await AcknowledgeAsync(processed);
            }
        }
    }

    /// <summary>Leaves out what lost its channel: the broker redelivers it, in order.</summary>
    private List<ParsedDelivery> Parse(List<Delivery> deliveries) =>
        [.. deliveries.Where(delivery => delivery.Channel.IsOpen).Select(delivery => ParsedDelivery.Of(delivery, reader))];

    /// <summary>Tries until the batch is committed. A batch with a command that fails is halved until that command is alone.</summary>
    /// <returns>Null if the worker stops before that, or has lost a slot.</returns>
    private async Task<IReadOnlyList<ProcessedDelivery>?> CommitAsync(List<ParsedDelivery> batch, CancellationToken giveUp)
    {
        for (var attempt = 1; batch.Count > 0; attempt++)
        {
            var (processed, error) = await TryCommitAsync(batch, giveUp);
            switch (error)
            {
                case null:
                    return processed!;
                case LeaseLostException lost:
                    OnLeaseLost(batch, lost);
                    return null;
            }

            switch (FailurePolicy.Decide(error, batch.Count, attempt))
            {
                case FailureAction.Split:
                    log.BatchSplit(error, batch.Count);
                    return await CommitHalvesAsync(batch, giveUp);
                case FailureAction.DeadLetter when batch[0].Failure is null:
                    batch = [batch[0] with { Failure = error }];
                    attempt = 0;
                    break;
                default:
                    if (!await WaitAsync(error, attempt))
                    {
                        return null;
                    }

                    break;
            }
        }

        return [];
    }

    private async Task<(IReadOnlyList<ProcessedDelivery>? Processed, Exception? Error)> TryCommitAsync(List<ParsedDelivery> batch, CancellationToken giveUp)
    {
        try
        {
            using var measured = metrics.Batch(batch.Count);
            var processed = await processor.CommitAsync(batch).WaitAsync(giveUp);
            health.ReportHealthy(number);
            return (processed, null);
        }
        catch (Exception error)
        {
            return (null, error);
        }
    }

    private async Task<IReadOnlyList<ProcessedDelivery>?> CommitHalvesAsync(List<ParsedDelivery> batch, CancellationToken giveUp)
    {
        var half = batch.Count / 2;
        return await CommitAsync(batch[..half], giveUp) is { } first && await CommitAsync(batch[half..], giveUp) is { } second ? [.. first, .. second] : null;
    }

    private void OnLeaseLost(List<ParsedDelivery> batch, LeaseLostException lost)
    {
        health.ReportHealthy(number);
        if (batch.Exists(parsed => parsed.Delivery.Channel is { IsOpen: true } channel && lost.Slots.Contains(channel.Lease.Slot)))
        {
            leaseLost.End(lost.Slots);
        }
    }

    private async Task<bool> WaitAsync(Exception error, int attempt)
    {
        var delay = Backoff.Default.DelayAfter(attempt);
        health.ReportBlocked(number, $"{error.GetBaseException().Message} (try {attempt})");
        metrics.Retried();
        log.BatchBlocked(number, error.GetBaseException().Message, delay.TotalMilliseconds, attempt);
        log.BatchBlockedDetails(error, number);
        await Task.Delay(delay, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !lifetime.ApplicationStopping.IsCancellationRequested;
    }

    private Task<bool> PublishAsync(IReadOnlyList<ProcessedDelivery> processed) =>
        publisher.PublishAsync(number, [.. processed.Select(delivery => delivery.ToPublish()).OfType<OutcomeToPublish>()]);

    /// <summary>In the order of the queues: the last delivery of a channel stands for all of it.</summary>
    private async Task AcknowledgeAsync(IReadOnlyList<ProcessedDelivery> processed)
    {
        foreach (var delivery in processed)
        {
            Report(delivery);
        }

        foreach (var ofChannel in processed.GroupBy(delivery => delivery.Delivery.Channel))
        {
            await ofChannel.Key.FinishAsync(ofChannel.Last().Delivery.Tag);
        }
    }

    private void Report(ProcessedDelivery processed)
    {
        metrics.Completed(time.GetElapsedTime(processed.Delivery.ReceivedAt));
        if (processed is { Decided: { } decided, Outcome: { } outcome })
        {
            metrics.Answered(decided.Command.Action?.Name ?? "unknown", decided.Decision is Decision.Repeated ? "repeated" : outcome.Value.Outcome);
        }

        switch (processed.DeadLetter)
        {
            case { Kind: DeadLetterKinds.Held } held:
                metrics.DeadLettered();
                log.CommandHeld(held.Detail);
                break;
            case { } deadLetter:
                metrics.DeadLettered();
                log.DeadLettered(deadLetter.Kind, deadLetter.Detail);
                break;
        }
    }

    /// <summary>This worker cannot commit the batch: its channels close, and the broker redelivers everything in order.</summary>
    private static void GiveBack(List<ParsedDelivery> batch)
    {
        foreach (var delivery in batch)
        {
            delivery.Delivery.Channel.Close();
        }
    }
}
