using CaseWorker.RabbitMq;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

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
    public void By_default_the_delay_doubles_up_to_ten_seconds_and_its_last_quarter_is_random(int attempt, int milliseconds)
    {
        Backoff.Default.RangeAfter(attempt).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
        var delays = Enumerable.Range(0, 200).Select(_ => Backoff.Default.DelayAfter(attempt)).ToList();
        delays.Max().ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds));
        delays.Min().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds * 0.75));
        delays.Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public void The_random_part_comes_from_the_given_source()
    {
        static Backoff Seeded() => new(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1), jitter: 1, new Random(7));
        var (first, second) = (Seeded(), Seeded());
        Enumerable.Range(1, 20).Select(first.DelayAfter).ShouldBe(Enumerable.Range(1, 20).Select(second.DelayAfter));
    }

    [Fact]
    public void With_full_jitter_delays_are_drawn_from_all_of_the_range_and_never_shorter_than_a_timer()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1), jitter: 1, new Random(1));
        Enumerable.Range(1, 8).Select(attempt => backoff.RangeAfter(attempt).TotalMilliseconds).ShouldBe([10, 20, 40, 80, 160, 320, 640, 1000]);
        var delays = Enumerable.Range(0, 1000).Select(_ => backoff.DelayAfter(3)).ToList();
        delays.ShouldAllBe(delay => delay >= TimeSpan.FromMilliseconds(1) && delay <= TimeSpan.FromMilliseconds(40));
        delays.Min().ShouldBeLessThan(TimeSpan.FromMilliseconds(4));
        delays.Max().ShouldBeGreaterThan(TimeSpan.FromMilliseconds(36));
    }

    [Fact]
    public void Without_jitter_the_delay_is_the_range() =>
        new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), jitter: 0, new Random(1)).DelayAfter(9).ShouldBe(TimeSpan.FromSeconds(4));
}
