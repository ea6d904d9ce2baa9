using CaseWorker.DeadLetters;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Intake;

/// <summary>
/// Takes what the broker set aside (unroutable, or beyond its delivery limit) into <c>dead_letters</c>, where operators look. Order
/// does not matter here: nothing is applied.
/// </summary>
internal sealed class QuarantineIntake(string kind, DeadLetterStore letters) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var transport = context.GetPayload<RabbitMqBasicConsumeContext>();
        var channel = context.GetPayload<ChannelContext>().Channel;
        var (reason, detail) = kind is DeadLetterKinds.Unrouted
            ? ("unroutable", $"Published to \"{transport.Exchange}\" with routing key \"{transport.RoutingKey}\", which is no slot.")
            : ("delivery-limit", $"The broker delivered it again and again from slot {transport.RoutingKey} without an acknowledgement and gave up.");
        var letter = AmqpMessage.ToDeadLetter(transport, context.Body.GetBytes(), context.Redelivered, kind, reason, detail);

        // A message whose channel is gone comes again; keeping it here would only block the stop.
        await letters.AddAsync(letter, isStillWanted: () => channel.IsOpen);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("quarantineIntake").Add("kind", kind);
}
