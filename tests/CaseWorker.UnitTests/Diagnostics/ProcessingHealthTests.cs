using CaseWorker.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Diagnostics;

public sealed class ProcessingHealthTests
{
    [Fact]
    public async Task A_blocked_batch_worker_turns_it_red_until_it_works_again()
    {
        var health = new ProcessingHealth();
        (await Check(health)).Status.ShouldBe(HealthStatus.Healthy);

        health.ReportBlocked(2, "the broker is away");
        health.ReportBlocked(1, "the database is away");
        health.ReportBlocked(1, "the database is still away");
        var red = await Check(health);
        red.Status.ShouldBe(HealthStatus.Unhealthy);
        red.Description.ShouldBe("batch worker 1: the database is still away; batch worker 2: the broker is away");

        health.ReportHealthy(1);
        (await Check(health)).Description.ShouldBe("batch worker 2: the broker is away");
        health.ReportHealthy(2);
        (await Check(health)).Status.ShouldBe(HealthStatus.Healthy);
    }

    private static Task<HealthCheckResult> Check(ProcessingHealth health) => health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
