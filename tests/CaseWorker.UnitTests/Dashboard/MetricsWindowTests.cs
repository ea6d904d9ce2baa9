using CaseWorker.AspNetCore.Dashboard.Monitoring;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Dashboard;

public sealed class MetricsWindowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider clock = new(Noon);
    private readonly MetricsWindow window;

    public MetricsWindowTests() => window = new MetricsWindow(clock);

    [Fact]
    public void It_shows_the_last_59_complete_steps_the_oldest_first()
    {
        var samples = window.Read();
        samples.Count.ShouldBe(MetricsWindow.Steps - 1);
        samples[0].At.ShouldBe(Noon - (MetricsWindow.Steps - 1) * MetricsWindow.Step);
        samples[^1].At.ShouldBe(Noon - MetricsWindow.Step);
        samples.ShouldAllBe(sample => sample.AcceptedPerSecond == null && sample.Conflicted == null && sample.OpenDeadLetters == null && sample.Median == null);
    }

    [Fact]
    public void The_step_under_way_is_not_shown()
    {
        window.Answered("conflicted");
        window.Read().ShouldAllBe(sample => sample.Conflicted == null);
        clock.Advance(MetricsWindow.Step);
        window.Read()[^1].Conflicted.ShouldBe(1);
    }

    [Fact]
    public void What_is_measured_within_a_step_is_added_up()
    {
        window.Open(3);
        window.Accepted(40);
        window.Accepted(60);
        window.Answered("conflicted");
        window.Answered("rejected");
        window.Answered("rejected");
        window.Answered("accepted");
        window.Took(0.010);
        clock.Advance(MetricsWindow.Step - TimeSpan.FromTicks(1));
        window.Open(5);
        clock.Advance(TimeSpan.FromTicks(1));

        var sample = window.Read()[^1];
        (sample.AcceptedPerSecond, sample.Conflicted, sample.Rejected, sample.OpenDeadLetters).ShouldBe((10, 1, 2, 5));
        sample.Median!.Value.ShouldBe(0.010, 0.001);
        sample.Slow.ShouldBe(sample.Median);
    }

    [Fact]
    public void A_step_in_which_the_database_was_not_seen_has_no_figures_of_it()
    {
        window.Answered("rejected");
        clock.Advance(MetricsWindow.Step);
        var sample = window.Read()[^1];
        (sample.AcceptedPerSecond, sample.OpenDeadLetters, sample.Rejected).ShouldBe((null, null, 1));
    }

    [Fact]
    public void After_ten_minutes_a_step_is_forgotten_and_its_place_used_again()
    {
        window.Answered("rejected");
        clock.Advance(MetricsWindow.Step * (MetricsWindow.Steps - 1));
        window.Read()[0].Rejected.ShouldBe(1);
        clock.Advance(MetricsWindow.Step);
        window.Read().ShouldAllBe(sample => sample.Rejected == null);

        window.Answered("conflicted");
        clock.Advance(MetricsWindow.Step);
        var sample = window.Read()[^1];
        (sample.Conflicted, sample.Rejected).ShouldBe((1, 0));
    }
}
