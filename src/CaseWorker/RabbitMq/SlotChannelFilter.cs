using CaseWorker.Processing;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.RabbitMq;

/// <summary>Stands before MassTransit's consumer, each time that it gets a channel, and hands it one that keeps order.</summary>
internal sealed class SlotChannelFilter(OwnedSlot slot) : IFilter<ChannelContext>
{
    /// <exception cref="OperationCanceledException">The slot is given back.</exception>
    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new SlotChannelContext(context, slot.Open(context)));

    public void Probe(ProbeContext context) => context.CreateFilterScope("slotChannel").Add("slot", slot.Lease.Slot);
}
