using CaseWorker.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.RabbitMq;

/// <summary>Publishes outcomes. The fault tests put publishers with known bugs in its place.</summary>
internal interface IOutcomePublisher
{
    /// <summary>Publishes outcomes until the broker has confirmed each, or nobody wants it any more.</summary>
    /// <param name="worker">The batch worker, which has a channel of its own.</param>
    /// <param name="outcomes">In order.</param>
    /// <returns>True if all are confirmed.</returns>
    Task<bool> PublishAsync(int worker, IReadOnlyList<OutcomeToPublish> outcomes);
}

/// <summary>An outcome that is to be published.</summary>
/// <param name="Message">The message.</param>
/// <param name="IsWanted">False once publishing it again is of no use: the broker redelivers its command, and the outcome is published then.</param>
internal sealed record OutcomeToPublish(OutcomeMessage Message, Func<bool> IsWanted);

/// <summary>
/// Publishes outcomes, all of a batch in one window of confirms. What the broker does not confirm is published again, however long that takes. The reply of an
/// outcome is sent once, after the outcome is confirmed.
/// </summary>
internal sealed class OutcomePublisher(
    IOutcomeChannels channels,
    IReplyPublisher replies,
    ProcessingHealth health,
    CaseWorkerMetrics metrics,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<OutcomePublisher> log) : IOutcomePublisher
{
    /// <summary>A confirm that takes longer is worth a warning. The publisher keeps waiting for it.</summary>
    private static readonly TimeSpan SlowConfirm = TimeSpan.FromSeconds(30);

    public async Task<bool> PublishAsync(int worker, IReadOnlyList<OutcomeToPublish> outcomes)
    {
        var (pending, areAllConfirmed) = (outcomes, true);
        for (var attempt = 1; pending.Count > 0; attempt++)
        {
            var (unconfirmed, error) = await SendAsync(worker, pending);
            pending = [.. unconfirmed.Where(outcome => outcome.IsWanted())];
            areAllConfirmed &= pending.Count == unconfirmed.Count;
            if (pending.Count > 0)
            {
                await BackOffAsync(worker, pending.Count, error, attempt);
            }
        }

        health.ReportHealthy(worker);
        return areAllConfirmed;
    }

    private async Task<(IReadOnlyList<OutcomeToPublish> Unconfirmed, Exception? Error)> SendAsync(int worker, IReadOnlyList<OutcomeToPublish> outcomes)
    {
        try
        {
            var channel = await channels.ChannelAsync(worker);
            var window = channel.Send([.. outcomes.Select(outcome => outcome.Message)]);
            await WaitAsync(worker, window.Answered, channel.Lost);
            await replies.SendAsync([.. outcomes.Where((_, i) => window.IsConfirmed(i)).Select(outcome => outcome.Message.Reply).OfType<OutcomeReply>()]);
            return ([.. outcomes.Where((_, i) => !window.IsConfirmed(i))], channel.Refusal is { } refusal ? new InvalidOperationException(refusal) : window.Error);
        }
        catch (Exception error)
        {
            return (outcomes, error);
        }
    }

    private async Task WaitAsync(int worker, Task answered, Task lost)
    {
        while (true)
        {
            try
            {
                await Task.WhenAny(answered, lost).WaitAsync(SlowConfirm, time);
                return;
            }
            catch (TimeoutException)
            {
                health.ReportBlocked(worker, "the broker takes outcomes but does not confirm them");
                log.ConfirmsMissing(SlowConfirm);
            }
        }
    }

    private async Task BackOffAsync(int worker, int count, Exception? error, int attempt)
    {
        var delay = Backoff.Default.DelayAfter(attempt);
        var reason = error?.GetBaseException().Message ?? "the broker refused them, or the connection was lost";
        health.ReportBlocked(worker, $"{count} outcomes are not confirmed: {reason}");
        metrics.Retried();
        log.OutcomesNotConfirmed(count, reason, delay.TotalMilliseconds);
        await Task.Delay(delay, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
