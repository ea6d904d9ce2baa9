using MassTransit;

namespace CaseWorker.FaultHost;

/// <summary>Around the ordered intake: when it returns, the outcome is confirmed and the command is about to be acknowledged.</summary>
internal sealed class AcknowledgeFaults(InjectedCrash fault) : IConfigureReceiveEndpoint, IFilter<ReceiveContext>
{
    public void Configure(string name, IReceiveEndpointConfigurator configurator) => configurator.ConfigureReceive(pipe => pipe.UseFilter(this));

    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        await next.Send(context);
        fault.Reached("after-publish");
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("acknowledgeFaults");
}
