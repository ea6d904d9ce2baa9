using System.Collections.Concurrent;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>The slots that this worker serves, each with its receive endpoint, and the watch over their channels.</summary>
internal sealed class SlotEndpoints(IServiceProvider services, BatchDispatcher dispatcher, IOptions<CaseWorkerOptions> options, TimeProvider time) : BackgroundService
{
    private readonly ConcurrentDictionary<int, Endpoint> endpoints = new();

    public IEnumerable<OwnedSlot> All => endpoints.Values.Select(endpoint => endpoint.Held);

    public bool Serves(int slot) => endpoints.ContainsKey(slot);

    /// <summary>Whether it has begun to consume: then its queue is there.</summary>
    public bool Consumes(OwnedSlot held) =>
        endpoints.TryGetValue(held.Lease.Slot, out var endpoint) && endpoint.Held == held && endpoint.Handle.Ready.IsCompletedSuccessfully;

    /// <summary>Starts to consume. <see cref="ReadyAsync"/> tells when it does.</summary>
    public void Start(SlotLease lease)
    {
        var held = new OwnedSlot(lease, dispatcher.Admit, time);
        var handle = services.GetRequiredService<IBusControl>().ConnectReceiveEndpoint(CaseTopology.QueueOf(lease.Slot), endpoint =>
        {
            var rabbit = (IRabbitMqReceiveEndpointConfigurator)endpoint;
            BusSetup.ConfigureSlot(rabbit, lease.Slot, options.Value);
            foreach (var configure in services.GetServices<IConfigureReceiveEndpoint>())
            {
                configure.Configure(CaseTopology.QueueOf(lease.Slot), endpoint);
            }

            rabbit.ConfigureChannel(pipe => pipe.UseFilter(new SlotChannelFilter(held)));
            rabbit.ConfigureReceive(pipe => pipe.UseFilter(ActivatorUtilities.CreateInstance<OrderedIntake>(services)));
        });
        endpoints[lease.Slot] = new Endpoint(held, handle);
    }

    /// <summary>Completes when the quarantine's endpoints consume, and all that were started here do too, or are given back already.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        // To the bus an endpoint that joins it later is healthy from the start; its handle knows better, but not when it is stopped before.
        await services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, cancellationToken);
        await Task.WhenAll(endpoints.Values.Select(endpoint => Task.WhenAny(endpoint.Handle.Ready, endpoint.Held.Ended))).WaitAsync(cancellationToken);
    }

    /// <summary>Finishes what was begun, in order, and gives the rest back to the broker; then the slot is no longer served.</summary>
    public async Task GiveBackAsync(OwnedSlot held, CancellationToken cancellationToken)
    {
        await held.GiveBackAsync(cancellationToken);
        Remove(held);
    }

    /// <summary>Gives everything back to the broker as it is.</summary>
    public void Abandon(OwnedSlot held)
    {
        held.Abandon();
        Remove(held);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Until the process ends: what stops needs the watch most.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100), time);
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var held in All)
            {
                held.Watch();
            }
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Remove(OwnedSlot held)
    {
        if (endpoints.TryGetValue(held.Lease.Slot, out var endpoint) && endpoint.Held == held)
        {
            // It leaves the bus at once, and ends in its own time: its channel is closed and it gets no other.
            _ = endpoint.Handle.StopAsync(CancellationToken.None);
            endpoints.TryRemove(held.Lease.Slot, out _);
        }
    }

    private sealed record Endpoint(OwnedSlot Held, HostReceiveEndpointHandle Handle);
}
