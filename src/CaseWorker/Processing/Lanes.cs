using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>All lanes of this process. Starts before the bus and ends after it, so that what the bus holds is finished.</summary>
internal sealed class Lanes(IOptions<CaseWorkerOptions> options, Backlog backlog, SchemaGuard schema, LaneHealth health, IServiceProvider services) : IHostedService
{
    private readonly Lane[] lanes = [.. Enumerable.Range(0, options.Value.Lanes)
        .Select(number => ActivatorUtilities.CreateInstance<Lane>(services, number))];

    private Task running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        running = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        backlog.Complete();
        if (schema.Fits.IsCompleted)
        {
            await running.WaitAsync(cancellationToken);
        }
    }

    private async Task RunAsync()
    {
        health.Waits(0, "the database's schema is not checked yet");
        await schema.Fits;
        health.Flows(0);
        await Task.WhenAll(lanes.Select(lane => Task.Run(lane.RunAsync)));
    }
}
