using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>A channel on which every publish is persistent and confirmed. Confirms are counted, as CaseWorker counts its own: the client's own way costs as much as the publish.</summary>
internal sealed class ConfirmedChannel
{
    /// <summary>More unconfirmed messages than this would only fill buffers.</summary>
    private const ulong MaxUnconfirmed = 2000;

    private readonly ConfirmChannel channel;
    private ulong awaited;
    private string? failure;

    private ConfirmedChannel(IChannel channel)
    {
        channel.BasicReturnAsync += (_, message) => Fail(message.ReplyText);
        channel.ChannelShutdownAsync += (_, shutdown) => Fail(shutdown.ReplyText);
        this.channel = new ConfirmChannel(channel, new ConfirmTracker((_, isConfirmed) => failure ??= isConfirmed ? null : "the broker refused it"));
    }

    public static async Task<ConfirmedChannel> OpenAsync(IConnection connection) => new(await connection.CreateChannelAsync(ConfirmChannel.Options));

    /// <summary>Returns when it is on its way. Waits for confirms when too many are missing.</summary>
    /// <exception cref="BenchmarkException">One before it was not taken.</exception>
    public async Task PublishAsync(string exchange, string routingKey, Guid messageId, ReadOnlyMemory<byte> body)
    {
        if (channel.Published - awaited >= MaxUnconfirmed)
        {
            await ConfirmedAsync(channel.Published - (MaxUnconfirmed / 2));
        }

        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent, MessageId = messageId.ToString() };
        await channel.PublishAsync(exchange, routingKey, mandatory: true, properties, body);
    }

    /// <summary>Returns when the broker has everything.</summary>
    /// <exception cref="BenchmarkException">It has not taken all.</exception>
    public Task ConfirmedAsync() => ConfirmedAsync(channel.Published);

    private async Task ConfirmedAsync(ulong upTo)
    {
        await channel.Confirms.AnsweredUpToAsync(upTo);
        awaited = upTo;
        if (failure is not null)
        {
            throw new BenchmarkException($"A message was not confirmed: {failure}");
        }
    }

    private Task Fail(string reason)
    {
        failure ??= reason;
        return Task.CompletedTask;
    }
}
