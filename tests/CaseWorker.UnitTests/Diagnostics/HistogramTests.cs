using System.Diagnostics.Metrics;
using CaseWorker.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Diagnostics;

public sealed class HistogramTests
{
    /// <summary>OpenTelemetry's default bounds begin at 5: all durations in seconds would fall into the first bucket.</summary>
    [Fact]
    public void Every_duration_has_bounds_from_a_millisecond_to_a_minute()
    {
        var bounds = new Dictionary<string, IReadOnlyList<double>?>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument is Histogram<double> { Unit: "s" } histogram && instrument.Meter.Name == CaseWorkerMetrics.MeterName)
            {
                bounds[histogram.Name] = histogram.Advice?.HistogramBucketBoundaries;
            }
        };
        listener.Start();
        using var services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<CaseWorkerMetrics>().BuildServiceProvider();
        services.GetRequiredService<CaseWorkerMetrics>();

        bounds.Keys.Order(StringComparer.Ordinal).ShouldBe(["caseworker.batch.duration", "caseworker.command.duration"]);
        bounds.Values.Select(of => (of![0], of[^1])).ShouldAllBe(ends => ends.Item1 == 0.001 && ends.Item2 == 60);
    }
}
