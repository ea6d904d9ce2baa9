using CaseWorker.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.TestSupport;

/// <summary>An ordinary MassTransit application beside the worker, with nothing of the worker's own set-up.</summary>
internal sealed class MassTransitClient : IAsyncDisposable
{
    /// <summary>The command exchange as MassTransit must know it to declare the very same: direct, with its alternate exchange.</summary>
    public static readonly Uri CommandAddress = new($"exchange:{CaseTopology.CommandExchange}?type=direct&alternateexchange={CaseTopology.UnroutedQueue}");

    private readonly IHost host;

    private MassTransitClient(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    public IBus Bus => host.Services.GetRequiredService<IBus>();

    public static async Task<MassTransitClient> StartAsync(
        Workspace workspace,
        Action<IRabbitMqBusFactoryConfigurator, IBusRegistrationContext>? configure = null,
        Action<IBusRegistrationConfigurator>? register = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddMassTransit(bus =>
        {
            register?.Invoke(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                ConfigureHost(rabbit, workspace);
                configure?.Invoke(rabbit, context);
            });
        });
        builder.Services.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        var host = builder.Build();
        await host.StartAsync();
        return new MassTransitClient(host);
    }

    public static void ConfigureHost(IRabbitMqBusFactoryConfigurator rabbit, Workspace workspace) =>
        rabbit.Host(workspace.Broker.Host, (ushort)workspace.Broker.Port, workspace.Broker.AbsolutePath.Trim('/'), "client", host =>
        {
            host.Username("guest");
            host.Password("guest");
        });

    /// <summary>Sends as a MassTransit producer does: its envelope, to the command exchange, with the routing key of the case.</summary>
    public async Task SendAsync(CaseCommand command, Workspace workspace)
    {
        var endpoint = await Bus.GetSendEndpoint(CommandAddress);
        await endpoint.Send(command, context => context.SetRoutingKey(CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(command.CaseReference, workspace.Slots))));
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
