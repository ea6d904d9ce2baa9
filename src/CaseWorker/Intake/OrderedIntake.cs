using CaseWorker.Commands;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Intake;

/// <summary>
/// Takes every delivery of one slot, malformed ones too, restores queue order, hands it to the slot's lane, and completes when it is
/// finished: then MassTransit acknowledges it. It stands outermost in the receive pipe and calls nothing after it.
/// </summary>
internal sealed class OrderedIntake(int slot, CommandReader reader) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var transport = context.GetPayload<RabbitMqBasicConsumeContext>();
        var channel = context.GetPayload<SlotChannelContext>().Order;
        var delivery = new Delivery(context, transport, channel, reader, slot);
        channel.Enter(delivery);
        return delivery.Finished;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("orderedIntake").Add("slot", slot);
}
