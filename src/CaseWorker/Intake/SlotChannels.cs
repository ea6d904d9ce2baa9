using System.Collections.Concurrent;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Intake;

/// <summary>
/// The open slot channels, watched for what nobody signals: a lost connection, and gaps. A delivery that never reaches its handler
/// leaves those behind it waiting; closing the channel gives them all back to the broker, in order.
/// </summary>
internal sealed class SlotChannels(TimeProvider time, ILogger<SlotChannels> log) : BackgroundService
{
    /// <summary>In normal work a gap lasts microseconds; this is long enough for any pause of the process.</summary>
    private static readonly TimeSpan GapLimit = TimeSpan.FromSeconds(30);

    /// <summary>How long the broker gets for the last acknowledgements before their channels close.</summary>
    private static readonly TimeSpan AcknowledgementTime = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<SlotChannel, bool> open = new();
    private volatile bool isDraining;

    /// <exception cref="OperationCanceledException">The worker stops.</exception>
    public SlotChannel Open(ChannelContext context, Action<Delivery> admit)
    {
        var channel = new SlotChannel(context, admit, time);
        open[channel] = true;
        _ = channel.Closed.ContinueWith(_ => open.TryRemove(channel, out var _), TaskScheduler.Default);
        return isDraining ? throw new OperationCanceledException("The worker stops.") : channel;
    }

    /// <summary>
    /// Completes when everything admitted is acknowledged and every channel is closed. MassTransit would stop by cancelling its consumers;
    /// what is on its way to a cancelled consumer the broker takes back at once, and so before everything that came earlier.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        isDraining = true;
        var channels = open.Keys.ToList();
        await Task.WhenAll(channels.Select(channel => channel.DrainAsync())).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A quorum queue drops the acknowledgements that it has not taken when their channel closes; each would be one repeat.
        await Task.Delay(AcknowledgementTime, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        channels.ForEach(channel => channel.Close());
        await Task.WhenAll(channels.Select(channel => channel.Closed)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>It watches until the process ends.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var channel in open.Keys)
            {
                channel.Observe();
                if (channel.StuckFor > GapLimit)
                {
                    log.LogWarning("A delivery on {Channel} never arrived; closing the channel so that the broker delivers again, in order.", channel);
                    channel.Close();
                }
            }
        }
    }
}
