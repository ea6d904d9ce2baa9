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

/// <summary>The slots that this worker serves, each with its receive endpoint. Observes their channels for lost connections.</summary>
internal sealed class SlotEndpoints(IServiceProvider services, BatchDispatcher dispatcher, IOptions<CaseWorkerOptions> options, TimeProvider time) : BackgroundService, ISlotEndpoints
{
    private readonly ConcurrentDictionary<int, Endpoint> endpoints = new();

    public IEnumerable<OwnedSlot> All => endpoints.Values.Select(endpoint => endpoint.Owned);

    public bool Serves(int slot) => endpoints.ContainsKey(slot);

    public bool Consumes(OwnedSlot owned) =>
        endpoints.TryGetValue(owned.Lease.Slot, out var endpoint) && endpoint.Owned == owned && endpoint.Handle.Ready.IsCompletedSuccessfully;

    public void Start(SlotLease lease)
    {
        var owned = new OwnedSlot(lease, dispatcher.Admit, time);
        var handle = services.GetRequiredService<IBusControl>().ConnectReceiveEndpoint(CaseTopology.QueueOf(lease.Slot), endpoint =>
        {
            var rabbit = (IRabbitMqReceiveEndpointConfigurator)endpoint;
            BusSetup.ConfigureSlot(rabbit, lease.Slot, options.Value);
            foreach (var configure in services.GetServices<IConfigureReceiveEndpoint>())
            {
                configure.Configure(CaseTopology.QueueOf(lease.Slot), endpoint);
            }

            rabbit.ConfigureChannel(pipe => pipe.UseFilter(new SlotChannelFilter(lease.Slot, owned.Open)));
            rabbit.ConfigureReceive(pipe => pipe.UseFilter(ActivatorUtilities.CreateInstance<OrderedIntake>(services)));
        });
        endpoints[lease.Slot] = new Endpoint(owned, handle);
    }

    /// <summary>Completes when the quarantine's endpoints consume, and all that were started here do too or have been given back.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        // To the bus an endpoint that joins it later is healthy from the start; its handle knows better, but not when it is stopped before.
        await services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, cancellationToken);
        await Task.WhenAll(endpoints.Values.Select(endpoint => Task.WhenAny(endpoint.Handle.Ready, endpoint.Owned.Ended))).WaitAsync(cancellationToken);
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
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Remove(OwnedSlot owned)
    {
        if (endpoints.TryGetValue(owned.Lease.Slot, out var endpoint) && endpoint.Owned == owned)
        {
            // It leaves the bus at once, and ends in its own time: its channel is closed and it gets no other.
            _ = endpoint.Handle.StopAsync(CancellationToken.None);
            endpoints.TryRemove(owned.Lease.Slot, out _);
        }
    }

    private sealed record Endpoint(OwnedSlot Owned, HostReceiveEndpointHandle Handle);
}
