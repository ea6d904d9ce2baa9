using MassTransit.RabbitMqTransport;

namespace CaseWorker.RabbitMq;

/// <summary>
/// A slot's channel as MassTransit's consumer sees it. Two of the consumer's answers would break the order, a cancel and a single requeue:
/// they become a close of the channel. A third, the acknowledgement at the end of the handler, becomes nothing.
/// </summary>
internal sealed class SlotChannelContext(ChannelContext context, SlotChannel channel) : ScopeChannelContext(context, context.CancellationToken), ChannelContext
{
    /// <summary>The order of its deliveries.</summary>
    public SlotChannel Order => channel;

    /// <summary>Its handler is done, the delivery is not: its batch worker acknowledges it.</summary>
    ValueTask ChannelContext.BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>What is on its way to a cancelled consumer the broker takes back at once, before all that was delivered earlier.</summary>
    Task ChannelContext.BasicCancel(string consumerTag, CancellationToken cancellationToken)
    {
        channel.Close();
        return Task.CompletedTask;
    }

    /// <summary>A message that is returned alone would be redelivered before those ahead of it, so all must be returned.</summary>
    Task ChannelContext.BasicNack(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken)
    {
        channel.Close();
        return Task.CompletedTask;
    }
}
