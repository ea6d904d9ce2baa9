using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Diagnostics;

/// <summary>What holds the lanes up, if anything does. Red while a lane waits for the database or the broker.</summary>
internal sealed class LaneHealth : IHealthCheck
{
    /// <summary>Not a lane, but it waits for the same servers: the replay of dead letters.</summary>
    public const int Replay = -1;

    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, string> waiting = new();

    public void Waits(int lane, string reason) => waiting[lane] = reason;

    public void Flows(int lane) => waiting.TryRemove(lane, out _);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(waiting.IsEmpty
            ? HealthCheckResult.Healthy("All lanes flow.")
            : HealthCheckResult.Unhealthy(string.Join("; ", waiting.OrderBy(entry => entry.Key).Select(entry => $"{(entry.Key == Replay ? "replay" : $"lane {entry.Key}")}: {entry.Value}"))));
}
