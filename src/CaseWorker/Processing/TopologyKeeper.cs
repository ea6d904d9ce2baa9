using CaseWorker.Configuration;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Processing;

/// <summary>
/// Looks for exchanges and queues once a second and declares what is missing. What somebody deletes is back before much is lost: without an exchange producers are refused,
/// and outcomes reach nobody.
/// </summary>
internal sealed class TopologyKeeper(IBrokerConnectionFactory broker, ISlotEndpoints endpoints, IOptions<CaseWorkerOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Looking is cheap and does not see bindings. Declaring one is a transaction of all nodes of a cluster, so that is done at every so many looks.</summary>
    private const int LooksBetweenDeclarations = 10;

    private IConnection? connection;
    private IChannel? channel;
    private bool areAllDeclared;
    private int looks;

    /// <summary>Declares the queues of all slots, whoever consumes them: what is published before that is set aside as unrouted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await DeclareAsync().WaitAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await DropAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
            {
                await CheckAsync();
            }
        }
    }

    private async Task CheckAsync()
    {
        if (++looks % LooksBetweenDeclarations == 0 || !areAllDeclared || !await IsAllThereAsync())
        {
            await DeclareAsync();
        }
    }

    /// <summary>False also if the broker is away.</summary>
    private async Task<bool> IsAllThereAsync()
    {
        try
        {
            await BrokerTopology.LookAsync(await OpenAsync(), OwnSlots(), CancellationToken.None);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private IEnumerable<int> OwnSlots() => endpoints.All.Where(owned => owned.IsServed).Select(owned => owned.Lease.Slot);

    /// <summary>The queues of all slots first, later those that are consumed here. What the broker refuses is left out; the endpoints of the queues report it.</summary>
    private async Task DeclareAsync()
    {
        try
        {
            var slots = areAllDeclared ? OwnSlots() : Enumerable.Range(0, options.Value.Slots);
            foreach (var declare in BrokerTopology.Steps(options.Value, slots))
            {
                await TryAsync(declare);
            }

            areAllDeclared = true;
        }
        catch (Exception)
        {
            // The broker is away, which the probe reports.
            await DropAsync();
        }
    }

    private async Task TryAsync(Func<IChannel, Task> declare)
    {
        try
        {
            await declare(await OpenAsync());
        }
        catch (OperationInterruptedException) when (connection is { IsOpen: true })
        {
            channel = null;
        }
    }

    private async Task<IChannel> OpenAsync()
    {
        if (connection is not { IsOpen: true })
        {
            await DropAsync();
            connection = await broker.ConnectAsync("caseworker topology");
        }

        return channel is { IsOpen: true } open ? open : channel = await connection.CreateChannelAsync();
    }

    private async Task DropAsync()
    {
        channel = null;
        if (connection is { } old)
        {
            connection = null;
            await old.EndAsync(time);
        }
    }
}
