using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Diagnostics;

/// <summary>Which share of the slots this worker has. Unhealthy until it has one, and while its leases cannot be renewed.</summary>
internal sealed class SlotHealth : IHealthCheck
{
    private volatile string share = "no share of the slots yet";
    private volatile string? trouble;
    private volatile bool isWaiting = true;

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

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(trouble is null
            ? isWaiting ? HealthCheckResult.Unhealthy(share) : HealthCheckResult.Healthy(share)
            : HealthCheckResult.Unhealthy($"{share}; the leases cannot be renewed: {trouble}"));
}
