using CaseWorker.RabbitMq;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Resilience;

public sealed class BackoffTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(3, 400)]
    [InlineData(7, 6_400)]
    [InlineData(8, 10_000)]
    [InlineData(100, 10_000)]
    [InlineData(int.MaxValue, 10_000)]
    public void The_wait_doubles_up_to_ten_seconds_and_jitters_by_a_quarter(int attempt, int milliseconds)
    {
        var delays = Enumerable.Range(0, 200).Select(_ => Backoff.DelayOf(attempt)).ToList();
        delays.Max().ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds));
        delays.Min().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds * 0.75));
        delays.Distinct().Count().ShouldBeGreaterThan(1);
    }
}
