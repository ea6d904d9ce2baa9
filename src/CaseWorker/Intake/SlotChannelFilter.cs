using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.Intake;

/// <summary>Stands before MassTransit's consumer, each time that it gets a channel, and hands it one that keeps order.</summary>
internal sealed class SlotChannelFilter(Action<Delivery> admit, SlotChannels channels) : IFilter<ChannelContext>
{
    /// <exception cref="OperationCanceledException">The worker stops: a channel that was closed for it must not be followed by another.</exception>
    public Task Send(ChannelContext context, IPipe<ChannelContext> next) => next.Send(new SlotChannelContext(context, channels.Open(context, admit)));

    public void Probe(ProbeContext context) => context.CreateFilterScope("slotChannel");
}
