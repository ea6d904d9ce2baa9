using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.RabbitMq;

/// <summary>
/// A channel with publisher confirms. It numbers its publishes as the broker does and hands the broker's answers to a
/// <see cref="ConfirmTracker"/>. Publish one message after the other.
/// </summary>
internal sealed class ConfirmChannel
{
    private readonly IChannel channel;

    /// <param name="channel">New, opened with <see cref="Options"/>.</param>
    /// <param name="confirms">Gets the broker's answers.</param>
    public ConfirmChannel(IChannel channel, ConfirmTracker confirms)
    {
        (this.channel, Confirms) = (channel, confirms);
        channel.BasicAcksAsync += (_, ack) => Answer(ack.DeliveryTag, ack.Multiple, isConfirmed: true);
        channel.BasicNacksAsync += (_, nack) => Answer(nack.DeliveryTag, nack.Multiple, isConfirmed: false);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            CloseReason = reason;
            confirms.End();
            return Task.CompletedTask;
        };
        if (channel.IsClosed)
        {
            confirms.End();
        }
    }

    /// <summary>Confirms that RabbitMQ.Client does not track: it would do so with a task, a dictionary entry and a header for each message.</summary>
    public static CreateChannelOptions Options { get; } = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);

    /// <summary>What the broker has answered.</summary>
    public ConfirmTracker Confirms { get; }

    /// <summary>No further answer comes.</summary>
    public bool IsClosed => channel.IsClosed;

    /// <summary>Why it was closed; null while it is open.</summary>
    public ShutdownEventArgs? CloseReason { get; private set; }

    /// <summary>The number of the last publish; 0 before the first.</summary>
    public ulong Published { get; private set; }

    /// <summary>Publishes a message. One that fails on an open channel was not sent and has no number.</summary>
    /// <returns>The message's number.</returns>
    public async ValueTask<ulong> PublishAsync(string exchange, string routingKey, bool mandatory, BasicProperties properties, ReadOnlyMemory<byte> body)
    {
        // No cancellation token: what is sent cannot be taken back, and its number must be counted.
        await channel.BasicPublishAsync(exchange, routingKey, mandatory, properties, body, CancellationToken.None);
        return ++Published;
    }

    private Task Answer(ulong number, bool multiple, bool isConfirmed)
    {
        Confirms.Answer(number, multiple, isConfirmed);
        return Task.CompletedTask;
    }
}
