using System.Globalization;
using CaseWorker.Formatting;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Formatting;

public sealed class NumbersTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(999, "999")]
    [InlineData(8_672, "8,672")]
    [InlineData(-1_234_567, "-1,234,567")]
    public void Counts_have_thousands_separators(long count, string text) => Numbers.Count(count).ShouldBe(text);

    [Theory]
    [InlineData(0, "0 lines")]
    [InlineData(1, "1 line")]
    [InlineData(1_000, "1,000 lines")]
    public void Nouns_agree_with_their_count(long count, string text) => Numbers.Of(count, "line").ShouldBe(text);

    [Fact]
    public void A_rate_is_rounded_and_unknown_without_time()
    {
        Numbers.Rate(2_625, TimeSpan.FromSeconds(2)).ShouldBe("1,312/s");
        Numbers.Rate(2_625, TimeSpan.Zero).ShouldBe("–");
    }

    [Fact]
    public void Durations_have_one_unit()
    {
        Numbers.Seconds(TimeSpan.FromMilliseconds(4_240)).ShouldBe("4.2 s");
        Numbers.Milliseconds(TimeSpan.FromTicks(123_999)).ShouldBe("12 ms");
    }

    [Fact]
    public void Numbers_and_times_are_the_same_in_every_country()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (german.NumberFormat.NumberGroupSeparator, german.NumberFormat.NumberDecimalSeparator, german.DateTimeFormat.TimeSeparator) = (".", ",", ".");
            CultureInfo.CurrentCulture = german;
            Numbers.Count(8_672).ShouldBe("8,672");
            Numbers.Seconds(TimeSpan.FromSeconds(1.5)).ShouldBe("1.5 s");
            Times.Full(new DateTimeOffset(2026, 12, 1, 7, 5, 9, TimeSpan.Zero)).ShouldBe("2026-12-01 07:05:09 UTC");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
