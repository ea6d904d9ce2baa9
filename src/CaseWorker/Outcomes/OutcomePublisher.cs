using CaseWorker.Diagnostics;
using CaseWorker.Intake;
using CaseWorker.Processing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Outcomes;

/// <summary>
/// Publishes the outcomes of a committed batch, each on the channel that its command came on: if that channel dies, the command comes
/// again, and its outcome with it. A whole batch is one window of confirms.
/// </summary>
internal sealed class OutcomePublisher(LaneHealth health, CaseWorkerMetrics metrics, IHostApplicationLifetime lifetime, ILogger<OutcomePublisher> log)
{
    /// <summary>A confirm that takes longer is worth a warning; it is waited for all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns when every outcome is confirmed or its channel is closed.</summary>
    public async Task PublishAsync(int lane, IReadOnlyList<Delivery> batch)
    {
        var pending = batch.Where(delivery => delivery.Verdict is not null).Select(delivery => (Delivery: delivery, Message: OutcomeMessage.Of(delivery))).ToList();
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var sent = pending.Select(entry => SendAsync(entry.Delivery, entry.Message)).ToList();
            var errors = await WaitAsync(lane, Task.WhenAll(sent));
            pending = [.. pending.Where((entry, i) => errors[i] is not null && entry.Delivery.Channel.IsOpen)];
            if (pending.Count > 0)
            {
                var error = errors.First(e => e is not null)!;
                var delay = Backoff.DelayOf(attempt);
                health.Waits(lane, $"{pending.Count} outcomes are not confirmed: {error.Message}");
                metrics.Retried();
                log.LogWarning(error, "The broker did not confirm {Count} outcomes; publishing them again in {Delay:N0} ms.", pending.Count, delay.TotalMilliseconds);
                await Task.Delay(delay, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        health.Flows(lane);
    }

    private async Task<Exception?[]> WaitAsync(int lane, Task<Exception?[]> confirms)
    {
        while (true)
        {
            try
            {
                return await confirms.WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                health.Waits(lane, "the broker takes outcomes but does not confirm them");
                log.LogWarning("The broker has not confirmed a batch of outcomes for {Patience}; still waiting. Is it out of memory or disk?", Patience);
            }
        }
    }

    private static async Task<Exception?> SendAsync(Delivery delivery, OutcomeMessage message)
    {
        try
        {
            // No cancellation token reaches the publish: one that fires inside it can break the channel's confirms for good.
            await delivery.Channel.Context.BasicPublishAsync(message.Exchange, "", mandatory: false, message.Properties, message.Body, awaitAck: true);
            if (message.Reply is { } reply)
            {
                await delivery.Channel.Context.BasicPublishAsync("", reply.Queue, mandatory: false, reply.Properties, reply.Body, awaitAck: true);
            }

            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
