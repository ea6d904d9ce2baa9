using CaseWorker.Commands;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Intake;

/// <summary>
/// Takes every delivery of one slot, malformed ones too, restores queue order, hands it to the slot's lane, and completes when it is
/// finished: then MassTransit acknowledges it. It stands outermost in the receive pipe and calls nothing after it.
/// </summary>
internal sealed class OrderedIntake(int slot, Action<Delivery> admit, CommandReader reader, SlotChannels channels) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var transport = context.GetPayload<RabbitMqBasicConsumeContext>();
        var channel = channels.Get(context.GetPayload<ChannelContext>(), admit);
        var delivery = new Delivery(context, transport, channel, reader, slot);
        channel.Enter(delivery);
        return delivery.Finished;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("orderedIntake").Add("slot", slot);
}
