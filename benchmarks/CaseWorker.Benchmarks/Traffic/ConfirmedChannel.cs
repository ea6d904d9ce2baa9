using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>A channel on which every publish is persistent and confirmed. Confirms are counted, as CaseWorker counts its own: the client's own way costs as much as the publish.</summary>
internal sealed class ConfirmedChannel
{
    /// <summary>More unconfirmed messages than this would only fill buffers.</summary>
    private const ulong MaxUnconfirmed = 2000;

    private readonly IChannel channel;
    private readonly ConfirmTracker confirms = new();
    private ulong published;
    private ulong awaited;
    private string? failure;

    private ConfirmedChannel(IChannel channel)
    {
        this.channel = channel;
        channel.BasicAcksAsync += (_, ack) => Answer(ack.DeliveryTag, ack.Multiple);
        channel.BasicNacksAsync += (_, nack) => Answer(nack.DeliveryTag, nack.Multiple, "the broker refused it");
        channel.BasicReturnAsync += (_, message) =>
        {
            failure ??= message.ReplyText;
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, shutdown) =>
        {
            failure ??= shutdown.ReplyText;
            confirms.End();
            return Task.CompletedTask;
        };
    }

    public static async Task<ConfirmedChannel> OpenAsync(IConnection connection) => new(await connection.CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false)));

    /// <summary>Returns when it is on its way. Waits for confirms when too many are missing.</summary>
    /// <exception cref="BenchmarkException">One before it was not taken.</exception>
    public async Task PublishAsync(string exchange, string routingKey, Guid messageId, ReadOnlyMemory<byte> body)
    {
        if (published - awaited >= MaxUnconfirmed)
        {
            await ConfirmedAsync(published - (MaxUnconfirmed / 2));
        }

        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent, MessageId = messageId.ToString() };
        await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, properties, body);
        published++;
    }

    /// <summary>Returns when the broker has everything.</summary>
    /// <exception cref="BenchmarkException">It has not taken all.</exception>
    public Task ConfirmedAsync() => ConfirmedAsync(published);

    private async Task ConfirmedAsync(ulong upTo)
    {
        await confirms.AnsweredUpToAsync(upTo);
        awaited = upTo;
        if (failure is not null)
        {
            throw new BenchmarkException($"A message was not confirmed: {failure}");
        }
    }

    private Task Answer(ulong number, bool multiple, string? problem = null)
    {
        failure ??= problem;
        confirms.Answer(number, multiple, problem is null);
        return Task.CompletedTask;
    }
}
