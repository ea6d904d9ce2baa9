using CaseWorker.Contracts;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace CaseWorker.Processing;

/// <summary>The queue of what the broker gave up.</summary>
internal static class UndeliverableQueue
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>A worker that cannot take the queue's messages must not stop the slots.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Waits before a slot is consumed. The broker gives a command up when the channel that it was delivered on closes, so before the next one opens: here
    /// its case is parked first, and what was published after it waits.
    /// </summary>
    public static async Task WaitUntilEmptyAsync(ChannelContext channel, TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (await channel.Channel.MessageCountAsync(CaseTopology.UndeliverableQueue, channel.CancellationToken) > 0 && time.GetElapsedTime(started) < Limit)
        {
            await Task.Delay(Interval, time, channel.CancellationToken);
        }
    }
}
