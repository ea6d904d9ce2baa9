using System.Collections.Concurrent;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Intake;

/// <summary>
/// The open slot channels, watched for what nobody signals: a lost connection, and gaps. MassTransit drops deliveries that arrive while
/// it stops, and those behind them would wait for ever. Closing the channel gives them all back to the broker, in order.
/// </summary>
internal sealed class SlotChannels(IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SlotChannels> log) : BackgroundService
{
    /// <summary>In normal work a gap lasts microseconds; this is long enough for any pause of the process.</summary>
    private static readonly TimeSpan GapLimit = TimeSpan.FromSeconds(30);

    /// <summary>While stopping, gaps are expected and nothing will fill them.</summary>
    private static readonly TimeSpan GapLimitWhileStopping = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<SlotChannel, bool> open = new();

    public SlotChannel Get(ChannelContext context, Action<Delivery> admit) => context.GetOrAddPayload(() => Open(context, admit));

    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var limit = lifetime.ApplicationStopping.IsCancellationRequested ? GapLimitWhileStopping : GapLimit;
            foreach (var channel in open.Keys)
            {
                channel.Observe();
                if (channel.StuckFor <= limit || channel.StuckFor is null)
                {
                    continue;
                }

                log.LogInformation("A delivery on {Channel} never arrived; closing the channel so that the broker delivers again, in order.", channel.Context.Channel.ChannelNumber);
                channel.Close();
            }
        }
    }

    private SlotChannel Open(ChannelContext context, Action<Delivery> admit)
    {
        var channel = new SlotChannel(context, admit, time);
        open[channel] = true;
        _ = channel.Closed.ContinueWith(_ => open.TryRemove(channel, out var _), TaskScheduler.Default);
        return channel;
    }
}
