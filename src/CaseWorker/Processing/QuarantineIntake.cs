using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Processing;

/// <summary>
/// Takes what the broker set aside (unroutable, or beyond its delivery limit) into <c>dead_letters</c>, where operators look. Order
/// does not matter here: nothing is applied.
/// </summary>
internal sealed class QuarantineIntake(string kind, DeadLetterStore deadLetters) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var message = new AmqpMessage(context, context.GetPayload<RabbitMqBasicConsumeContext>());
        var channel = context.GetPayload<ChannelContext>().Channel;
        var (reason, detail) = kind is DeadLetterKinds.Unrouted
            ? ("unroutable", $"Published to \"{message.Exchange}\" with routing key \"{message.RoutingKey}\", which is no slot.")
            : ("delivery-limit", $"The broker delivered it again and again from slot {message.RoutingKey} without an acknowledgement and gave up.");
        var deadLetter = message.ToDeadLetter(kind, reason, detail);

        // The broker redelivers a message whose channel is gone; keeping it here would only block the stop.
        await deadLetters.AddAsync(deadLetter, isStillWanted: () => channel.IsOpen);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("quarantineIntake").Add("kind", kind);
}
