using CaseWorker.RabbitMq;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>
/// Says that a command is done when it has only begun. It has to go behind the worker's back: a slot's channel acknowledges nothing that
/// is not finished, whoever asks for it.
/// </summary>
internal sealed class AcknowledgedBeforeCommit : IConfigureReceiveEndpoint, IFilter<ReceiveContext>
{
    public void Configure(string name, IReceiveEndpointConfigurator configurator) => configurator.ConfigureReceive(pipe => pipe.UseFilter(this));

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        ChannelContext slot = context.GetPayload<SlotChannelContext>();
        await slot.Channel.BasicAckAsync(context.GetPayload<RabbitMqBasicConsumeContext>().DeliveryTag, multiple: false, context.CancellationToken);
        _ = next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("acknowledgedBeforeCommit");
}
