using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Diagnostics;

/// <summary>Which share of the slots this worker has. Red while its leases cannot be renewed.</summary>
internal sealed class SlotHealth : IHealthCheck
{
    private volatile string share = "no share of the slots yet";
    private volatile string? trouble;

    public void ReportShare(int held, int slots, int workers)
    {
        share = $"{held} of {slots} slots, {workers} {(workers == 1 ? "worker" : "workers")}";
        trouble = null;
    }

    public void ReportBlocked(string reason) => trouble = reason;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(trouble is null ? HealthCheckResult.Healthy(share) : HealthCheckResult.Unhealthy($"{share}; the leases cannot be renewed: {trouble}"));
}
