using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.Processing;

/// <summary>The worker's bus: it consumes the queues where the broker sets messages aside. Slots join it when the worker owns them.</summary>
internal static class WorkerBus
{
    /// <param name="context">The worker's services.</param>
    /// <param name="bus">The bus.</param>
    /// <param name="broker">The broker's address.</param>
    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator bus, Uri broker)
    {
        BusSetup.ConfigureHost(bus, broker, context.GetRequiredService<BrokerProbe>());
        BusSetup.ConfigureQuarantine(bus, (endpoint, kind) =>
            endpoint.ConfigureReceive(pipe => pipe.UseFilter(ActivatorUtilities.CreateInstance<QuarantineIntake>(context, kind))));
    }
}
