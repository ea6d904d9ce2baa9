using CaseWorker.Json;
using CaseWorker.UnitTests.Parsing;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Json;

public sealed class CleanTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("😀", "😀")]
    public void Foreign_text_becomes_storable(string? text, string clean) => CleanText.Of(text).ShouldBe(clean);

    [Fact]
    public void Half_a_pair_is_replaced() => CleanText.Of("a" + (char)0xD83D + "b").ShouldBe("a\uFFFDb");

    [Fact]
    public void A_long_text_is_cut_and_shows_it() => CleanText.Of("abcdef", 4).ShouldBe("abcd…");

    [Fact]
    public void A_text_is_not_cut_through_a_pair() => CleanText.Of("abc😀", 4).ShouldBe("abc…");

    [Fact]
    public void Whatever_comes_in_can_be_stored()
    {
        var characters = Gen.Frequency(
            (4, Gen.Choose(0x20, 0x7F)), (1, Gen.Constant(0)), (2, Gen.Choose(0xD800, 0xDFFF)), (1, Gen.Choose(0x80, 0xFFFF)));
        Property.Holds(
            from codes in characters.ListOf() from max in Gen.Choose(1, 20) select (Text: new string([.. codes.Select(code => (char)code)]), Max: max),
            input =>
            {
                var clean = CleanText.Of(input.Text, input.Max);
                OversizedInputTests.ShouldBeStorable(clean);
                clean.Length.ShouldBeLessThanOrEqualTo(input.Max + 1);
            });
    }
}
