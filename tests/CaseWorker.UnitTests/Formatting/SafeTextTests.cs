using CaseWorker.Formatting;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Formatting;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("plain", "plain")]
    [InlineData("a\nb\r\nc\td", "a b  c d")]
    [InlineData("\u001B[31mred", "\uFFFD[31mred")]
    [InlineData("bell\u0007 delete\u007F c1\u009B", "bell\uFFFD delete\uFFFD c1\uFFFD")]
    [InlineData("\u202Eright to left", "\uFFFDright to left")]
    [InlineData("\u2028line \u2029paragraph", "\uFFFDline \uFFFDparagraph")]
    [InlineData("private \uE000", "private \uFFFD")]
    [InlineData("joined \U0001F468\u200D\U0001F469", "joined \U0001F468\u200D\U0001F469")]
    public void A_line_has_nothing_that_a_terminal_obeys(string? text, string shown) => SafeText.OneLine(text).ShouldBe(shown);

    [Fact]
    public void Half_a_surrogate_pair_is_replaced() => SafeText.OneLine("half \uD83D").ShouldBe("half \uFFFD");

    [Theory]
    [InlineData("12345", 5, "12345")]
    [InlineData("123456", 5, "12345…")]
    [InlineData("1234😀", 5, "1234…")]
    [InlineData("123😀", 5, "123😀")]
    public void A_long_text_is_cut_between_characters(string text, int maxLength, string shown) => SafeText.OneLine(text, maxLength).ShouldBe(shown);

    [Fact]
    public void Lines_keep_their_breaks_and_nothing_else() => SafeText.Lines("a\r\nb\u001Bc\n\td").ShouldBe("a\nb\uFFFDc\n d");

    [Fact]
    public void Whatever_the_text_no_control_character_is_left() => Property.Holds(
        Property.Seeds,
        seed =>
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, 40).Select(_ => (char)random.Next(0x10000)));
            SafeText.OneLine(text).Where(char.IsControl).ShouldBeEmpty();
            SafeText.Lines(text).Where(character => char.IsControl(character) && character != '\n').ShouldBeEmpty();
        });
}
