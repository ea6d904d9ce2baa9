using MassTransit;

namespace CaseWorker.FaultHost.Plants;

/// <summary>Says that a command is done when it has only begun.</summary>
internal sealed class AcknowledgedBeforeCommit : IConfigureReceiveEndpoint, IFilter<ReceiveContext>
{
    public void Configure(string name, IReceiveEndpointConfigurator configurator) => configurator.ConfigureReceive(pipe => pipe.UseFilter(this));

    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        _ = next.Send(context);
        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("acknowledgedBeforeCommit");
}
