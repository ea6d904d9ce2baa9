using System.Reflection;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// A slot's channel as MassTransit's consumer sees it. Three of the consumer's answers would break the order or the worker, and become a
/// close of the channel, or nothing: a cancel, a single requeue, and a close from inside a handler.
/// </summary>
internal sealed class SlotChannelContext(ChannelContext context, SlotChannel channel) : ScopeChannelContext(context, context.CancellationToken), ChannelContext
{
    private readonly IChannel transport = HandlerChannel.Of(context.Channel);

    /// <summary>The order of its deliveries.</summary>
    public SlotChannel Order => channel;

    IChannel ChannelContext.Channel => transport;

    /// <summary>Its handler is done, the delivery is not: its batch worker acknowledges it.</summary>
    ValueTask ChannelContext.BasicAck(ulong deliveryTag, bool multiple, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>What is on its way to a cancelled consumer the broker takes back at once, before all that was delivered earlier.</summary>
    Task ChannelContext.BasicCancel(string consumerTag, CancellationToken cancellationToken)
    {
        channel.Close();
        return Task.CompletedTask;
    }

    /// <summary>One message that goes back alone comes again before those that were ahead of it; all must go back.</summary>
    Task ChannelContext.BasicNack(ulong deliveryTag, bool multiple, bool requeue, CancellationToken cancellationToken)
    {
        channel.Close();
        return Task.CompletedTask;
    }
}

/// <summary>
/// The client's channel, for its handlers. MassTransit closes a channel that it finds closed once more, from inside a handler; the client
/// then waits there for all handlers, that one too, and its connection never ends. The channel's end is <see cref="SlotChannel"/>'s.
/// </summary>
internal class HandlerChannel : DispatchProxy
{
    private IChannel channel = null!;

    public static IChannel Of(IChannel channel)
    {
        var proxy = Create<IChannel, HandlerChannel>();
        ((HandlerChannel)proxy).channel = channel;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name is nameof(IChannel.CloseAsync)
        ? Task.CompletedTask
        : targetMethod.Invoke(channel, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
}
