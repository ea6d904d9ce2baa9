using System.Collections.Concurrent;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>The slots that this worker serves, each with its receive endpoint. Observes their channels for lost connections.</summary>
internal sealed class SlotEndpoints(IServiceProvider services, BatchDispatcher dispatcher, SlotHealth health, IOptions<CaseWorkerOptions> options, TimeProvider time) : BackgroundService, ISlotEndpoints
{
    /// <summary>A queue that is not consumed for longer makes the worker unready.</summary>
    private static readonly TimeSpan MaxUnconsumed = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<int, Endpoint> endpoints = new();

    public IEnumerable<OwnedSlot> All => endpoints.Values.Select(endpoint => endpoint.Owned);

    public bool Serves(int slot) => endpoints.ContainsKey(slot);

    public bool Consumes(OwnedSlot owned) =>
        endpoints.TryGetValue(owned.Lease.Slot, out var endpoint) && endpoint.Owned == owned && endpoint.Ready.IsCompletedSuccessfully;

    public void Start(SlotLease lease)
    {
        var owned = new OwnedSlot(lease, dispatcher.Admit, time);
        var bus = services.GetRequiredService<IBusControl>();
        endpoints[lease.Slot] = new Endpoint(owned, [.. OwnedSlot.QueuesOf(lease).Select(queue => bus.ConnectReceiveEndpoint(queue, endpoint => Configure(endpoint, queue, owned)))]);
    }

    /// <summary>Completes when all endpoints that were started here consume or have been given back.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        // To the bus an endpoint that joins it later is healthy from the start; its handle knows better, but not when it is stopped before.
        await services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, cancellationToken);
        await Task.WhenAll(endpoints.Values.Select(endpoint => Task.WhenAny(endpoint.Ready, endpoint.Owned.Ended))).WaitAsync(cancellationToken);
    }

    public async Task GiveBackAsync(OwnedSlot owned, CancellationToken cancellationToken)
    {
        await owned.GiveBackAsync(cancellationToken);
        Remove(owned);
    }

    public void Abandon(OwnedSlot owned)
    {
        owned.Abandon();
        Remove(owned);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Until the process ends: what stops needs the watch most.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var owned in All)
            {
                owned.Watch();
            }

            health.ReportUnconsumed([.. All.SelectMany(owned => owned.FindUnconsumed(MaxUnconsumed)).Order(StringComparer.Ordinal)]);
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Remove(OwnedSlot owned)
    {
        if (endpoints.TryGetValue(owned.Lease.Slot, out var endpoint) && endpoint.Owned == owned)
        {
            // It leaves the bus at once, and ends in its own time: its channel is closed and it gets no other.
            foreach (var handle in endpoint.Handles)
            {
                _ = handle.StopAsync(CancellationToken.None);
            }

            endpoints.TryRemove(owned.Lease.Slot, out _);
        }
    }

    private void Configure(IReceiveEndpointConfigurator endpoint, string queue, OwnedSlot owned)
    {
        var rabbit = (IRabbitMqReceiveEndpointConfigurator)endpoint;
        var quarantine = queue is CaseTopology.UndeliverableQueue ? DeadLetterKinds.Undeliverable : queue is CaseTopology.UnroutedQueue ? DeadLetterKinds.Unrouted : null;
        if (quarantine is null)
        {
            BusSetup.ConfigureSlot(rabbit, owned.Lease.Slot, options.Value);
            foreach (var configure in services.GetServices<IConfigureReceiveEndpoint>())
            {
                configure.Configure(queue, endpoint);
            }

            rabbit.ConfigureChannel(pipe => pipe.UseExecuteAsync(channel => UndeliverableQueue.WaitUntilEmptyAsync(channel, time)));
        }
        else
        {
            BusSetup.ConfigureQuarantine(rabbit, options.Value);
        }

        rabbit.ConfigureChannel(pipe => pipe.UseFilter(new SlotChannelFilter(owned.Lease.Slot, context => owned.Open(context, queue))));
        rabbit.ConfigureReceive(pipe => pipe.UseFilter(new OrderedIntake(quarantine, options, time, services.GetRequiredService<ILogger<OrderedIntake>>())));
    }

    private sealed record Endpoint(OwnedSlot Owned, IReadOnlyList<HostReceiveEndpointHandle> Handles)
    {
        public Task Ready { get; } = Task.WhenAll(Handles.Select(handle => (Task)handle.Ready));
    }
}
