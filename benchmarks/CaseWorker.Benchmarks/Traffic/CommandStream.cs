using System.Diagnostics;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>The publisher: persistent, mandatory, confirmed; a slot always on the same channel, so that a case's commands keep their order.</summary>
internal sealed class CommandStream
{
    private const int ChannelCount = 4;

    private readonly IReadOnlyList<ReadyMessage> messages;
    private readonly TrafficLog log;
    private readonly ConfirmedChannel[] channels;

    private CommandStream(IReadOnlyList<ReadyMessage> messages, TrafficLog log, ConfirmedChannel[] channels)
    {
        this.messages = messages;
        this.log = log;
        this.channels = channels;
    }

    /// <summary>Messages sent so far; the next one's index.</summary>
    public int Published { get; private set; }

    public static async Task<CommandStream> OpenAsync(IConnection connection, IReadOnlyList<ReadyMessage> messages, TrafficLog log)
    {
        var channels = new ConfirmedChannel[ChannelCount];
        for (var i = 0; i < ChannelCount; i++)
        {
            channels[i] = await ConfirmedChannel.OpenAsync(connection);
        }

        return new CommandStream(messages, log, channels);
    }

    /// <summary>As fast as the broker confirms.</summary>
    public async Task FillAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await SendAsync(Stopwatch.GetTimestamp());
        }

        await ConfirmedAsync();
    }

    /// <summary>Sends what is due by the clock, whatever comes back; a late command counts from when it was due.</summary>
    public async Task RateAsync(double perSecond, double seconds, Action halfway)
    {
        var started = Stopwatch.GetTimestamp();
        var total = (int)(perSecond * seconds);
        using var tick = NewTick();
        for (var sent = 0; sent < total;)
        {
            var due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond));
            for (; sent < due; sent++)
            {
                await SendAsync(started + (long)(sent / perSecond * Stopwatch.Frequency));
                if (sent == total / 2)
                {
                    halfway();
                }
            }

            await tick.WaitForNextTickAsync();
        }
    }

    /// <summary>Sends whenever fewer than <paramref name="window"/> commands are without an outcome.</summary>
    public async Task WindowAsync(int window, double seconds)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = NewTick();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds && Published < messages.Count)
        {
            if (Published - log.Outcomes >= window)
            {
                await tick.WaitForNextTickAsync();
                continue;
            }

            await SendAsync(Stopwatch.GetTimestamp());
        }
    }

    public Task ConfirmedAsync() => Task.WhenAll(channels.Select(channel => channel.ConfirmedAsync()));

    private async Task SendAsync(long due)
    {
        if (Published == messages.Count)
        {
            throw new BenchmarkException($"All {messages.Count} commands of the plan are sent.");
        }

        var message = messages[Published];
        log.Due(Published++, due);
        var slot = CaseTopology.SlotOf(message.CaseReference);
        await channels[slot % ChannelCount].PublishAsync(CaseTopology.CommandExchange, CaseTopology.RoutingKeyOf(slot), message.Id, message.Body);
    }

    /// <summary>Finer than any latency that is reported.</summary>
    private static PeriodicTimer NewTick() => new(TimeSpan.FromMilliseconds(1));
}
