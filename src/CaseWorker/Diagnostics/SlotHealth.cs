using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Diagnostics;

/// <summary>Which share of the slots this worker has. Unhealthy until it has one, while its leases cannot be renewed, and while a queue is not consumed.</summary>
internal sealed class SlotHealth : IHealthCheck
{
    private volatile string share = "no share of the slots yet";
    private volatile string? trouble;
    private volatile bool isWaiting = true;
    private volatile IReadOnlyList<string> unconsumed = [];
    private readonly ConcurrentDictionary<string, string> refusals = new(StringComparer.Ordinal);

    /// <summary>What it has, in words.</summary>
    public string Share => share;

    /// <param name="held">Slots of this worker.</param>
    /// <param name="slots">All slots.</param>
    /// <param name="workers">All workers that can serve. With more workers than slots, some are right to have none.</param>
    public void ReportShare(int held, int slots, int workers)
    {
        isWaiting = held == 0 && workers <= slots;
        share = $"{held} of {slots} slots, {workers} {(workers == 1 ? "worker" : "workers")}";
        trouble = null;
    }

    public void ReportBlocked(string reason) => trouble = reason;

    /// <summary>Says which queues have not been consumed for some seconds although this worker should consume them.</summary>
    public void ReportUnconsumed(IReadOnlyList<string> queues) => unconsumed = queues;

    /// <summary>Says why the broker refused last that a queue is consumed.</summary>
    public void ReportRefusal(string queue, string reason) => refusals[queue] = reason;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((trouble, unconsumed) switch
        {
            (null, []) when isWaiting => HealthCheckResult.Unhealthy(share),
            (null, []) => HealthCheckResult.Healthy(share),
            (null, var queues) => HealthCheckResult.Unhealthy($"{share}; not consumed: {string.Join(", ", queues.Take(3).Select(Explain))}{(queues.Count > 3 ? $" and {queues.Count - 3} more" : "")}"),
            _ => HealthCheckResult.Unhealthy($"{share}; the leases cannot be renewed: {trouble}"),
        });

    private string Explain(string queue) => refusals.TryGetValue(queue, out var reason) ? $"{queue} ({reason})" : queue;
}
