using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>All batch workers of this process. Starts before the bus and ends after it, so that what the bus holds is finished.</summary>
internal sealed class BatchWorkers(IOptions<CaseWorkerOptions> options, BatchDispatcher dispatcher, DeferredCases deferredCases, SchemaGuard schema, ProcessingHealth health, IServiceProvider services) : IHostedService
{
    private readonly BatchWorker[] workers = [.. Enumerable.Range(0, options.Value.Concurrency)
        .Select(number => ActivatorUtilities.CreateInstance<BatchWorker>(services, number))];

    /// <summary>Slow and failing cases have batch workers of their own, so that all others keep theirs.</summary>
    private readonly BatchWorker[] deferredWorkers = [.. Enumerable.Range(options.Value.Concurrency, Math.Max(1, options.Value.Concurrency / 2))
        .Select(number => ActivatorUtilities.CreateInstance<BatchWorker>(services, number))];

    private Task running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        running = RunAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        dispatcher.Complete();
        deferredCases.Complete();
        if (schema.SchemaReady.IsCompleted)
        {
            await running.WaitAsync(cancellationToken);
        }
    }

    private async Task RunAsync()
    {
        health.ReportBlocked(0, "the database's schema is not checked yet");
        await schema.SchemaReady;
        health.ReportHealthy(0);
        await Task.WhenAll([.. workers.Select(worker => Task.Run(worker.RunAsync)), .. deferredWorkers.Select(worker => Task.Run(worker.RunDeferredAsync))]);
    }
}
