using System.Globalization;
using CaseWorker.CommandLine.DeadLetters;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class PointInTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("90m", "2026-12-01T10:30:00Z")]
    [InlineData("1.5h", "2026-12-01T10:30:00Z")]
    [InlineData("3d", "2026-11-28T12:00:00Z")]
    [InlineData("2026-11-23T09:30:00Z", "2026-11-23T09:30:00Z")]
    [InlineData("2026-11-23T09:30:00+02:00", "2026-11-23T07:30:00Z")]
    [InlineData("2026-11-23", "2026-11-23T00:00:00Z")]
    public void A_time_or_an_age_is_read(string text, string expected)
    {
        PointInTime.TryParse(text, Now, out var time).ShouldBeTrue();
        time.ShouldBe(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("0d")]
    [InlineData("-3d")]
    [InlineData("100000d")]
    [InlineData("3w")]
    [InlineData("yesterday")]
    public void Anything_else_is_not(string text) => PointInTime.TryParse(text, Now, out _).ShouldBeFalse();
}
