using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.RabbitMq;

/// <summary>Runs before MassTransit's consumer each time that it gets a channel, and hands it one that keeps order.</summary>
/// <param name="slot">The slot.</param>
/// <param name="open">Makes the slot's channel.</param>
internal sealed class SlotChannelFilter(int slot, Func<ChannelContext, SlotChannel> open) : IFilter<ChannelContext>
{
    /// <exception cref="OperationCanceledException">The slot is given back.</exception>
    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new SlotChannelContext(context, open(context)));

    public void Probe(ProbeContext context) => context.CreateFilterScope("slotChannel").Add("slot", slot);
}
