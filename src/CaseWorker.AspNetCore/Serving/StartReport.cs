using CaseWorker.AspNetCore.Diagnostics;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.AspNetCore.Serving;

/// <summary>Logs what a worker is once it has started: its version, actions, servers, slots and address.</summary>
internal sealed class StartReport(
    WorkerName worker,
    CaseActionSet actions,
    NpgsqlDataSource database,
    ApiKeyTable keys,
    BrokerProbe broker,
    SlotHealth slots,
    IEnumerable<IServer> servers,
    ILogger<StartReport> log) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        log.WorkerStarted(ProductVersion.Value, worker.Value, string.Join(", ", actions.All.Select(action => action.Name).Order(StringComparer.Ordinal)));
        log.BrokerInUse(broker.ServerVersion ?? "", broker.Name);
        log.SlotsServed(slots.Share);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            log.DatabaseInUse(connection.PostgreSqlVersion, connection.Host ?? "", connection.Port, connection.Database);
            Addresses(await keys.AnyAsync(cancellationToken));
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            // It has started all the same, and says elsewhere that its database is away.
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Addresses(bool hasKeys)
    {
        foreach (var address in servers.SelectMany(server => server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []))
        {
            if (hasKeys)
            {
                log.DashboardServed($"{address}/ops");
            }
            else
            {
                log.DashboardWithoutKey($"{address}/ops");
            }
        }
    }
}
