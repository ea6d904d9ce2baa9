using CaseWorker.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.RabbitMq;

/// <summary>
/// Publishes the outcomes of a committed batch, all in one window of confirms. What the broker does not confirm is published again, for
/// as long as it takes; only a command that lost its own channel needs nothing more, since it comes again, and its outcome with it.
/// </summary>
internal class OutcomePublisher(
    OutcomeConnection connection,
    ProcessingHealth health,
    CaseWorkerMetrics metrics,
    IHostApplicationLifetime lifetime,
    ILogger<OutcomePublisher> log)
{
    /// <summary>A confirm that takes longer is worth a warning; it is waited for all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns when every outcome is confirmed or its command's channel is closed.</summary>
    public virtual Task PublishAsync(int worker, IReadOnlyList<Delivery> batch) =>
        PublishAsync(worker, [.. batch.Where(delivery => delivery.DecidedCommand is not null).Select(delivery => new Sending(OutcomeMessage.Of(delivery), () => delivery.Channel.IsOpen))]);

    /// <summary>For outcomes of commands that no queue holds any more: they are published until they are confirmed, or the worker stops.</summary>
    /// <returns>Whether all are confirmed.</returns>
    public async Task<bool> PublishAsync(int worker, IEnumerable<OutcomeMessage> messages)
    {
        var sendings = messages.Select(message => new Sending(message, () => !lifetime.ApplicationStopping.IsCancellationRequested)).ToList();
        await PublishAsync(worker, sendings);
        return sendings.TrueForAll(sending => sending.IsConfirmed);
    }

    private async Task PublishAsync(int worker, List<Sending> all)
    {
        var pending = all;
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var error = await SendAsync(worker, pending);
            pending = [.. pending.Where(sending => !sending.IsConfirmed && sending.IsWanted)];
            if (pending.Count > 0)
            {
                await BackOffAsync(worker, pending.Count, error, attempt);
            }
        }

        health.ReportHealthy(worker);
    }

    private async Task<Exception?> SendAsync(int worker, List<Sending> pending)
    {
        try
        {
            var channel = await connection.ChannelAsync(worker);
            var window = channel.Send([.. pending.Select(sending => sending.Message)]);
            await WaitAsync(worker, window.Answered, channel.Lost);
            for (var i = 0; i < pending.Count; i++)
            {
                pending[i].IsConfirmed = window.IsConfirmed(i);
            }

            return window.Error;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private async Task WaitAsync(int worker, Task answered, Task lost)
    {
        while (true)
        {
            try
            {
                await Task.WhenAny(answered, lost).WaitAsync(Patience);
                return;
            }
            catch (TimeoutException)
            {
                health.ReportBlocked(worker, "the broker takes outcomes but does not confirm them");
                log.LogWarning("The broker has not confirmed a batch of outcomes for {Patience}; still waiting. Is it out of memory or disk?", Patience);
            }
        }
    }

    private async Task BackOffAsync(int worker, int count, Exception? error, int attempt)
    {
        var delay = Backoff.DelayOf(attempt);
        var reason = error?.GetBaseException().Message ?? "the broker refused them, or the connection was lost";
        health.ReportBlocked(worker, $"{count} outcomes are not confirmed: {reason}");
        metrics.Retried();
        log.LogWarning("The broker did not confirm {Count} outcomes ({Reason}); publishing them again in {Delay:N0} ms.", count, reason, delay.TotalMilliseconds);
        await Task.Delay(delay, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>One outcome on its way.</summary>
    private sealed class Sending(OutcomeMessage message, Func<bool> isWanted)
    {
        public OutcomeMessage Message => message;

        public bool IsConfirmed { get; set; }

        /// <summary>Whether the command can still be acknowledged; if not, it comes again.</summary>
        public bool IsWanted => isWanted();
    }
}
