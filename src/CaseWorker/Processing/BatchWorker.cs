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
/// A crash anywhere before that means redelivery, and redelivery finds the recorded outcome. The loop waits for the servers and for nothing else:
/// a case that cannot go on is deferred.
/// </summary>
internal sealed class BatchWorker(
    int number,
    BatchDispatcher dispatcher,
    DeferredCases deferredCases,
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

    /// <summary>Processes what waits of the slots.</summary>
    public Task RunAsync() => RunAsync(async () => await dispatcher.TakeAsync() is { } taken ? new SlotWork(taken, deferredCases) : null);

    /// <summary>Processes deferred cases, one at a time.</summary>
    public Task RunDeferredAsync() => RunAsync(async () => await deferredCases.TakeAsync() is { } taken ? new DeferredWork(taken) : null);

    private async Task RunAsync(Func<Task<IBatchWork?>> takeAsync)
    {
        using var giveUp = new CancellationTokenSource();
        await using var stopping = lifetime.ApplicationStopping.Register(() => giveUp.CancelAfter(StopPatience));
        while (await takeAsync() is { } work)
        {
            using (work)
            {
                try
                {
                    await ProcessAsync(work, giveUp.Token);
                }
                catch (Exception error)
                {
                    // Whatever it was, a loop that ends would stop its share of the slots for good.
                    log.BatchAbandoned(error, number);
                    GiveBack(work.Deliveries);
                }
            }
        }
    }

    /// <summary>In one part if that can be committed, else in several.</summary>
    private async Task ProcessAsync(IBatchWork work, CancellationToken giveUp)
    {
        var rest = Parse(work.Deliveries);
        var (limit, waits) = (work.Attempts > 0 ? 1 : int.MaxValue, 0);
        if (await IsStillLockedAsync(work, rest))
        {
            work.Defer(rest, [], work.LastError!);
            return;
        }

        while ((rest = work.Select(rest)).Count > 0)
        {
            List<ParsedDelivery> batch = [.. rest.Take(limit)];
            var (processed, error) = await TryCommitAsync(batch, work.ActionTime, giveUp);
            if (error is null)
            {
                work.OnCommitted();
                await PublishAsync(processed!);
                await AcknowledgeAsync(processed!);
                rest = rest[processed!.Count..];
                (limit, waits) = (2 * processed.Count, 0);
                continue;
            }

            switch (await HandleAsync(work, rest, batch, error, ++waits))
            {
                case Next.GiveBack:
                    GiveBack(rest.Select(delivery => delivery.Delivery));
                    return;
                case Next.Part part:
                    (rest, limit) = (part.Rest, part.Limit);
                    break;
            }
        }
    }

    /// <summary>Leaves out what lost its channel: the broker redelivers it, in order.</summary>
    private List<ParsedDelivery> Parse(IReadOnlyList<Delivery> deliveries) =>
        [.. deliveries.Where(delivery => delivery.Channel.IsOpen).Select(delivery => ParsedDelivery.Of(delivery, reader))];

    /// <summary>A case that was locked is looked at without waiting for its lock.</summary>
    private async Task<bool> IsStillLockedAsync(IBatchWork work, List<ParsedDelivery> rest) =>
        rest.Count > 0 && work is { LastError: CasesLockedException } && work.DeferredFor < FailurePolicy.MaxDeferral && (await processor.FindLockedCasesAsync(rest)).Count > 0;

    private async Task<(IReadOnlyList<ProcessedDelivery>? Processed, Exception? Error)> TryCommitAsync(List<ParsedDelivery> batch, TimeSpan? actionTime, CancellationToken giveUp)
    {
        try
        {
            using var measured = metrics.Batch(batch.Count);
            var processed = await processor.CommitAsync(batch, actionTime).WaitAsync(giveUp);
            health.ReportHealthy(number);
            return (processed, null);
        }
        catch (Exception error)
        {
            return (null, FailurePolicy.IsLockTimeout(error) ? await ExplainAsync(error, batch) : error);
        }
    }

    /// <summary>Finds out which cases a batch waited for.</summary>
    private async Task<Exception> ExplainAsync(Exception error, List<ParsedDelivery> batch)
    {
        try
        {
            var locked = await processor.FindLockedCasesAsync(batch);
            return locked.Count > 0 ? new CasesLockedException(locked, error) : error;
        }
        catch (Exception inTheWay)
        {
            return inTheWay;
        }
    }

    /// <summary>Decides what comes next when a part could not be committed.</summary>
    /// <param name="work">What was taken.</param>
    /// <param name="rest">What is not committed yet.</param>
    /// <param name="batch">The part that failed: the beginning of the rest.</param>
    /// <param name="error">Why.</param>
    /// <param name="wait">1 for the first failure in a row.</param>
    private async Task<Next> HandleAsync(IBatchWork work, List<ParsedDelivery> rest, List<ParsedDelivery> batch, Exception error, int wait)
    {
        if (error is LeaseLostException lost)
        {
            OnLeaseLost(rest, lost);
            return new Next.GiveBack();
        }

        var action = FailurePolicy.Decide(error, batch.Count, work.Attempts + 1, work.DeferredFor);
        if (action is FailureAction.DeadLetter && batch[0].Failure is null)
        {
            return new Next.Part([batch[0] with { Failure = error }, .. rest.Skip(1)], Limit: 1);
        }

        if (action is not FailureAction.TryAgain && FindBlocked(batch, error) is { Count: > 0 } blocked)
        {
            log.CasesDeferred(number, blocked.Count, blocked.First(), error.GetBaseException().Message);
            metrics.Retried();
            return new Next.Part(work.Defer(rest, blocked, error), Limit: batch.Count);
        }

        if (action is FailureAction.Split)
        {
            log.BatchSplit(error, batch.Count);
            return new Next.Part(rest, Limit: batch.Count / 2);
        }

        return await WaitAsync(error, wait) ? new Next.Part(rest, Limit: batch.Count) : new Next.GiveBack();
    }

    /// <summary>The cases that a failure is known to come from; none if that is not known.</summary>
    private static IReadOnlyCollection<long> FindBlocked(List<ParsedDelivery> batch, Exception error) => error switch
    {
        ParkingFullException full => full.Cases,
        CasesLockedException locked => locked.Cases,
        SlowCommandException slow => [slow.CaseReference],
        _ when batch is [{ Command: { } command }] => [command.CaseReference],
        _ => [],
    };

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

    /// <summary>In the order of the queues.</summary>
    private async Task AcknowledgeAsync(IReadOnlyList<ProcessedDelivery> processed)
    {
        foreach (var delivery in processed)
        {
            Report(delivery);
        }

        foreach (var ofChannel in processed.GroupBy(delivery => delivery.Delivery.Channel, delivery => delivery.Delivery.Tag))
        {
            await ofChannel.Key.FinishAsync([.. ofChannel]);
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

    /// <summary>This worker cannot commit them: their channels close, and the broker redelivers everything in order.</summary>
    private static void GiveBack(IEnumerable<Delivery> deliveries)
    {
        foreach (var delivery in deliveries)
        {
            delivery.Channel.Close();
        }
    }

    /// <summary>What a loop does after a failure.</summary>
    private abstract record Next
    {
        /// <summary>Gives everything that is not committed back to the broker.</summary>
        public sealed record GiveBack : Next;

        /// <summary>Goes on with the rest, so many commands at first.</summary>
        public sealed record Part(List<ParsedDelivery> Rest, int Limit) : Next;
    }
}
