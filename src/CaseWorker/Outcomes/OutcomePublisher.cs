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
        var pending = batch.Where(delivery => delivery.Verdict is not null).Select(delivery => new Sending(delivery, OutcomeMessage.Of(delivery))).ToList();
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            pending.ForEach(sending => sending.Start());
            await WaitAsync(lane, pending);
            pending = [.. pending.Where(sending => sending.Error is not null && sending.Channel.IsOpen)];
            if (pending.Count > 0)
            {
                await BackOffAsync(lane, pending, attempt);
            }
        }

        health.Flows(lane);
    }

    /// <summary>
    /// Waits for the confirms of the channels that are open. A confirm on a closed channel may never come, not even as an error; it is
    /// not needed either, since the command comes again.
    /// </summary>
    private async Task WaitAsync(int lane, List<Sending> pending)
    {
        while (true)
        {
            var open = pending.Where(sending => sending.Channel.IsOpen).ToList();
            var confirms = Task.WhenAll(open.Select(sending => sending.Confirm));
            try
            {
                await Task.WhenAny([confirms, .. open.Select(sending => sending.Channel.Closed).Distinct()]).WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                health.Waits(lane, "the broker takes outcomes but does not confirm them");
                log.LogWarning("The broker has not confirmed a batch of outcomes for {Patience}; still waiting. Is it out of memory or disk?", Patience);
            }

            if (confirms.IsCompleted)
            {
                return;
            }
        }
    }

    private async Task BackOffAsync(int lane, List<Sending> pending, int attempt)
    {
        var error = pending[0].Error!;
        var delay = Backoff.DelayOf(attempt);
        health.Waits(lane, $"{pending.Count} outcomes are not confirmed: {error.Message}");
        metrics.Retried();
        log.LogWarning(error, "The broker did not confirm {Count} outcomes; publishing them again in {Delay:N0} ms.", pending.Count, delay.TotalMilliseconds);
        await Task.Delay(delay, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One outcome on its way.</summary>
    private sealed class Sending(Delivery delivery, OutcomeMessage message)
    {
        public SlotChannel Channel => delivery.Channel;

        /// <summary>Completes with the broker's confirm; never fails.</summary>
        public Task Confirm { get; private set; } = Task.CompletedTask;

        public Exception? Error { get; private set; }

        public void Start() => Confirm = SendAsync();

        private async Task SendAsync()
        {
            try
            {
                // No cancellation token reaches the publish: one that fires inside it can break the channel's confirms for good.
                await Channel.Context.BasicPublishAsync(message.Exchange, "", mandatory: false, message.Properties, message.Body, awaitAck: true);
                if (message.Reply is { } reply)
                {
                    await Channel.Context.BasicPublishAsync("", reply.Queue, mandatory: false, reply.Properties, reply.Body, awaitAck: true);
                }

                Error = null;
            }
            catch (Exception error)
            {
                Error = error;
            }
        }
    }
}
