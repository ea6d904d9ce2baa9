using System.Collections.Concurrent;
using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.RabbitMq;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Processing;

/// <summary>A slot that this worker serves under a lease, and the channels on which its queues are consumed: one each, or none while reconnecting.</summary>
internal sealed class OwnedSlot(SlotLease lease, Action<Delivery> admit, TimeProvider time)
{
    /// <summary>How long the broker gets for the last acknowledgements before their channel closes.</summary>
    private static readonly TimeSpan AcknowledgementTime = TimeSpan.FromMilliseconds(250);

    /// <summary>A channel that is open for less may be one of many that the broker closes at once.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<SlotChannel, OpenChannel> open = new();
    private readonly ConcurrentDictionary<string, long> lastConsumed = new(
        [.. QueuesOf(lease).Select(queue => KeyValuePair.Create(queue, time.GetTimestamp()))], StringComparer.Ordinal);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SlotLease Lease => lease;

    /// <summary>Completes when it is begun to be given back.</summary>
    public Task Ended => ended.Task;

    public bool IsServed => !ended.Task.IsCompleted;

    /// <summary>How long its oldest command has been in work; null if none is.</summary>
    public TimeSpan? Lag => open.Keys.Select(channel => channel.Lag).Max();

    /// <summary>
    /// The queues that are consumed under its lease. Whoever serves the first slot also consumes the queues where the broker sets messages aside: one
    /// worker at a time, so that commands of a case keep their order there too.
    /// </summary>
    public static IReadOnlyList<string> QueuesOf(SlotLease lease) =>
        lease.Slot == 0 ? [CaseTopology.QueueOf(0), CaseTopology.UndeliverableQueue, CaseTopology.UnroutedQueue] : [CaseTopology.QueueOf(lease.Slot)];

    /// <summary>The queues that have not been consumed for at least this long.</summary>
    public IEnumerable<string> FindUnconsumed(TimeSpan minimum) =>
        IsServed ? lastConsumed.Where(queue => time.GetElapsedTime(queue.Value) >= minimum).Select(queue => queue.Key) : [];

    /// <param name="context">The channel.</param>
    /// <param name="queue">The queue that is consumed on it.</param>
    /// <exception cref="OperationCanceledException">It is being given back: a channel that was closed for it must not be followed by another.</exception>
    public SlotChannel Open(ChannelContext context, string queue)
    {
        var channel = new SlotChannel(context, lease, admit, time);
        open[channel] = new OpenChannel(queue, time.GetTimestamp());
        _ = channel.Closed.ContinueWith(_ => open.TryRemove(channel, out var _), TaskScheduler.Default);
        return ended.Task.IsCompleted ? throw new OperationCanceledException($"Slot {lease.Slot} is given back.") : channel;
    }

    /// <summary>
    /// Completes when everything admitted is acknowledged and the channel is closed. MassTransit would stop by cancelling its consumer;
    /// what is on its way to a cancelled consumer the broker takes back at once, and so before everything that came earlier.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting, not the giving back.</param>
    public async Task GiveBackAsync(CancellationToken cancellationToken)
    {
        ended.TrySetResult();
        foreach (var channel in open.Keys)
        {
            await channel.DrainAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // A quorum queue drops the acknowledgements that it has not taken when their channel closes; each would be one repeat.
            var pause = AcknowledgementTime - channel.SinceAcknowledgement;
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            channel.Close();
            await channel.Closed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Closes the channel with everything in work; the broker delivers it again, in order.</summary>
    public void Abandon()
    {
        ended.TrySetResult();
        foreach (var channel in open.Keys)
        {
            channel.Close();
        }
    }

    /// <summary>Looks for what is signalled late, a lost connection, and notes which queues are consumed.</summary>
    public void Watch()
    {
        foreach (var (channel, opened) in open)
        {
            channel.Observe();
            if (channel.IsOpen && time.GetElapsedTime(opened.Since) >= SettleTime)
            {
                lastConsumed[opened.Queue] = time.GetTimestamp();
            }
        }
    }

    private readonly record struct OpenChannel(string Queue, long Since);
}
