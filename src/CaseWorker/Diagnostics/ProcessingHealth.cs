using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Diagnostics;

/// <summary>What holds the batch workers up, if anything does. Red while a batch worker waits for the database or the broker.</summary>
internal sealed class ProcessingHealth : IHealthCheck
{
    /// <summary>Not a batch worker, but it waits for the same servers: the replay of dead letters.</summary>
    public const int Replay = -1;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, string> waiting = new();

    public void ReportBlocked(int worker, string reason) => waiting[worker] = reason;

    public void ReportHealthy(int worker) => waiting.TryRemove(worker, out _);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(waiting.IsEmpty
            ? HealthCheckResult.Healthy("All batch workers are running.")
            : HealthCheckResult.Unhealthy(string.Join("; ", waiting.OrderBy(entry => entry.Key).Select(entry => $"{(entry.Key == Replay ? "replay" : $"batch worker {entry.Key}")}: {entry.Value}"))));
}
