using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Client.Handling;

/// <summary>Whether a subscriber handles outcomes, and if not, why.</summary>
internal sealed class OutcomeHealth : IHealthCheck
{
    private volatile string? connection = "It has not connected to the broker yet.";
    private volatile string? handling;

    public void Connected() => connection = null;

    public void Disconnected(string why) => connection = why;

    public void Handled() => handling = null;

    public void Failing(string why) => handling = why;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((handling ?? connection) is { } trouble ? new HealthCheckResult(context.Registration.FailureStatus, trouble) : HealthCheckResult.Healthy());
}
