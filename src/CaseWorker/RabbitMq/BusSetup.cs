using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>The bus: a receive endpoint for each slot that is held; the owner of the first slot also consumes the queues where the broker sets messages aside.</summary>
internal static class BusSetup
{
    /// <param name="bus">The worker's bus.</param>
    /// <param name="broker">As in <see cref="BrokerConnectionFactory"/>.</param>
    /// <param name="probe">Waits for the broker.</param>
    public static void ConfigureHost(IRabbitMqBusFactoryConfigurator bus, Uri broker, BrokerProbe probe)
    {
        var connections = new BrokerConnectionFactory(broker);
        var factory = connections.Create("caseworker");
        bus.Host(broker.Host, (ushort)factory.Port, factory.VirtualHost, factory.ClientProvidedName, configure =>
        {
            configure.Username(factory.UserName);
            configure.Password(factory.Password);
            configure.Heartbeat(factory.RequestedHeartbeat);
            configure.OnRefreshConnectionFactory = refreshed =>
            {
                connections.Apply(refreshed);
                return probe.WaitUntilAvailableAsync();
            };
            if (factory.Ssl.Enabled)
            {
                configure.UseSsl(ssl => ssl.ServerName = broker.Host);
            }
        });
    }

    /// <summary>A slot's queue, and how it is consumed.</summary>
    public static void ConfigureSlot(IRabbitMqReceiveEndpointConfigurator endpoint, int slot, CaseWorkerOptions options)
    {
        ConfigureRaw(endpoint, (ushort)options.PrefetchPerSlot);
        endpoint.ConfigureChannel(pipe => pipe.UseExecuteAsync(async channel =>
        {
            await BrokerTopology.DeclareSharedAsync(channel, options);
            await BrokerTopology.DeclareSlotAsync(channel.Channel, slot, options);
        }));
    }

    /// <summary>A queue where the broker sets messages aside.</summary>
    public static void ConfigureQuarantine(IRabbitMqReceiveEndpointConfigurator endpoint, CaseWorkerOptions options)
    {
        ConfigureRaw(endpoint, prefetch: 16);
        endpoint.ConfigureChannel(pipe => pipe.UseExecuteAsync(channel => BrokerTopology.DeclareSharedAsync(channel, options)));
    }

    private static void ConfigureRaw(IRabbitMqReceiveEndpointConfigurator endpoint, ushort prefetch)
    {
        // The queue is declared and bound by BrokerTopology. MassTransit declares no more than an exchange of its name, which nothing is bound to.
        endpoint.BindQueue = false;
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PrefetchCount = prefetch;

        // The client calls a channel's handlers on as many threads as this: on more than one the order of the queue is lost.
        endpoint.ConcurrentMessageLimit = 1;

        // Our filter is the end of the pipe: nothing may be moved to _skipped or _error behind it.
        endpoint.DiscardSkippedMessages();
        endpoint.DiscardFaultedMessages();
        endpoint.PublishFaults = false;
    }
}
