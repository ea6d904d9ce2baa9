using CaseWorker.Formatting;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Formatting;

public sealed class PayloadTextTests
{
    [Fact]
    public void JSON_is_indented_and_foreign_letters_stay_readable() =>
        PayloadText.Of("""{"a":[1],"b":"ö <&>"}""").ShouldBe("{\n  \"a\": [\n    1\n  ],\n  \"b\": \"ö <&>\"\n}");

    [Fact]
    public void Text_that_is_not_JSON_stays_and_loses_its_control_characters() => PayloadText.Of("not\u001B json\n{").ShouldBe("not\uFFFD json\n{");

    [Fact]
    public void Bytes_that_are_not_UTF8_are_shown_as_replacements() => PayloadText.Of([0x41, 0xFF, 0x42]).ShouldBe("A\uFFFDB");

    [Fact]
    public void JSON_too_deep_to_indent_is_shown_as_it_is()
    {
        var deep = new string('[', 200) + new string(']', 200);
        PayloadText.Of(deep).ShouldBe(deep);
    }
}
