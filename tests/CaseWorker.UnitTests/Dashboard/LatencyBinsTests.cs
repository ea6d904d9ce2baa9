using CaseWorker.AspNetCore.Dashboard.Monitoring;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Dashboard;

public sealed class LatencyBinsTests
{
    private readonly LatencyBins bins = new();

    [Fact]
    public void Without_a_measurement_there_is_no_quantile() => bins.Quantile(0.5).ShouldBeNull();

    [Fact]
    public void A_quantile_is_right_within_ten_percent() => Property.Holds(
        Property.Seeds,
        seed =>
        {
            var random = new Random(seed);
            var tested = new LatencyBins();
            var values = Enumerable.Range(0, random.Next(1, 200)).Select(_ => 0.0001 * Math.Pow(10, random.NextDouble() * 6)).Order().ToList();
            values.ForEach(tested.Add);
            foreach (var share in (double[])[0.01, 0.5, 0.9, 0.99, 1])
            {
                var exact = values[(int)Math.Ceiling(values.Count * share) - 1];
                tested.Quantile(share)!.Value.ShouldBeInRange(exact * 0.9, exact * 1.1);
            }
        });

    [Fact]
    public void One_slow_command_in_a_hundred_shows_in_the_maximum_only()
    {
        foreach (var _ in Enumerable.Range(0, 99))
        {
            bins.Add(0.010);
        }

        bins.Add(10);
        bins.Quantile(0.99)!.Value.ShouldBe(0.010, 0.001);
        bins.Quantile(1)!.Value.ShouldBe(10, 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.00001)]
    public void What_is_shorter_than_the_first_bin_counts_in_it(double seconds)
    {
        bins.Add(seconds);
        bins.Quantile(0.5)!.Value.ShouldBeInRange(0.0001, 0.00012);
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_longer_than_the_last_bin_counts_in_it(double seconds)
    {
        bins.Add(seconds);
        bins.Quantile(0.5)!.Value.ShouldBeInRange(700, 900);
    }
}
