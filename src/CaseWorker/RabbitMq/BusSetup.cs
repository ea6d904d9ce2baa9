using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>The bus: a receive endpoint for each slot that is held, and one for each queue where the broker sets messages aside.</summary>
internal static class BusSetup
{
    private const int StopAttempts = 3;

    /// <summary>Takes a second for 66 queues on a busy machine.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Declares exchanges, queues and bindings as the worker would, and consumes nothing. A bus that declared them and does not end, as
    /// MassTransit's sometimes does when it is stopped right after its start, is left alone, and the next declares the same again. (On a busy
    /// machine 1 of 1,500 stops of 8.4.0 did not end, and none of 1,500 of 8.5.12, on 2026-12-01: too few to say that it is gone.)
    /// </summary>
    /// <exception cref="TimeoutException">None of several ended.</exception>
    public static async Task DeployAsync(Uri broker, CaseWorkerOptions options, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var bus = BusThatDeclares(broker, options);
            await bus.StartAsync(cancellationToken);
            try
            {
                await bus.StopAsync(CancellationToken.None).WaitAsync(LongestStop, cancellationToken);
                return;
            }
            catch (TimeoutException) when (attempt < StopAttempts)
            {
                // Its connection stays until this process ends, and does nothing.
            }
        }
    }

    private static IBusControl BusThatDeclares(Uri broker, CaseWorkerOptions options) =>
        Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            ConfigureHost(bus, broker, probe: null);
            foreach (var slot in Enumerable.Range(0, options.Slots))
            {
                bus.ReceiveEndpoint(CaseTopology.QueueOf(slot), endpoint => ConfigureSlot(endpoint, slot, options));
            }

            ConfigureQuarantine(bus, (_, _) => { });
            bus.DeployTopologyOnly = true;
        });

    public static void ConfigureQuarantine(IRabbitMqBusFactoryConfigurator bus, Action<IRabbitMqReceiveEndpointConfigurator, string> configure)
    {
        foreach (var (queue, kind) in new[] { (CaseTopology.UnroutedQueue, DeadLetterKinds.Unrouted), (CaseTopology.UndeliverableQueue, DeadLetterKinds.Undeliverable) })
        {
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                ConfigureRaw(endpoint, prefetch: 16, QueueArguments.OfQuarantine);
                configure(endpoint, kind);
            });
        }
    }

    /// <param name="bus">Of a worker, or of who only declares.</param>
    /// <param name="broker">As in <see cref="BrokerConnectionFactory"/>.</param>
    /// <param name="probe">Set for a worker, which waits for its broker; others fail at once.</param>
    public static void ConfigureHost(IRabbitMqBusFactoryConfigurator bus, Uri broker, BrokerProbe? probe)
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
                return probe?.WaitUntilAvailableAsync() ?? Task.CompletedTask;
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
        ConfigureRaw(endpoint, (ushort)options.PrefetchPerSlot, QueueArguments.OfSlot(options));

        // The client calls a channel's handlers on as many threads as this: on more than one the order of the queue is lost.
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.Bind(CaseTopology.CommandExchange, binding =>
        {
            binding.ExchangeType = ExchangeType.Direct;
            binding.RoutingKey = CaseTopology.RoutingKeyOf(slot);
            foreach (var (name, value) in QueueArguments.OfCommandExchange)
            {
                binding.SetExchangeArgument(name, value);
            }
        });
        endpoint.ConfigureChannel(pipe => pipe.UseExecuteAsync(channel => OutcomeTopology.DeclareAsync(channel)));
    }

    private static void ConfigureRaw(IRabbitMqReceiveEndpointConfigurator endpoint, ushort prefetch, IReadOnlyDictionary<string, object> arguments)
    {
        endpoint.SetQuorumQueue();
        foreach (var (name, value) in arguments)
        {
            endpoint.SetQueueArgument(name, value);
        }

        endpoint.ConfigureConsumeTopology = false;

        endpoint.PrefetchCount = prefetch;

        // Our filter is the end of the pipe: nothing may be moved to _skipped or _error behind it.
        endpoint.DiscardSkippedMessages();
        endpoint.DiscardFaultedMessages();
        endpoint.PublishFaults = false;
    }
}
