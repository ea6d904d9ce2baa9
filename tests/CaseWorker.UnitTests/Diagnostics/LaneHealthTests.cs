using CaseWorker.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Diagnostics;

public sealed class LaneHealthTests
{
    [Fact]
    public async Task A_lane_that_waits_turns_it_red_until_it_flows_again()
    {
        var health = new LaneHealth();
        (await Check(health)).Status.ShouldBe(HealthStatus.Healthy);

        health.Waits(2, "the broker is away");
        health.Waits(1, "the database is away");
        health.Waits(1, "the database is still away");
        var red = await Check(health);
        red.Status.ShouldBe(HealthStatus.Unhealthy);
        red.Description.ShouldBe("lane 1: the database is still away; lane 2: the broker is away");

        health.Flows(1);
        (await Check(health)).Description.ShouldBe("lane 2: the broker is away");
        health.Flows(2);
        (await Check(health)).Status.ShouldBe(HealthStatus.Healthy);
    }

    private static Task<HealthCheckResult> Check(LaneHealth health) => health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
