using CaseWorker.Formatting;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Formatting;

public sealed class TimesTests
{
    private static readonly DateTimeOffset LateInIndia = new(2026, 12, 1, 2, 30, 15, 999, TimeSpan.FromHours(5.5));

    [Fact]
    public void Instants_are_shown_in_UTC()
    {
        Times.Full(LateInIndia).ShouldBe("2026-11-30 21:00:15 UTC");
        Times.Day(LateInIndia).ShouldBe("2026-11-30");
        Times.Clock(LateInIndia).ShouldBe("21:00:15");
    }
}
