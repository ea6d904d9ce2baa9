using CaseWorker.Cases;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

public sealed class StrictJsonTests
{
    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("{/* why */}")]
    [InlineData("{} // why\n")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("{'a':1}")]
    [InlineData("{a:1}")]
    [InlineData("'text'")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1e")]
    [InlineData("0x1F")]
    [InlineData("True")]
    [InlineData("undefined")]
    [InlineData("\"\\x41\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"a\tb\"")]
    [InlineData("\"a\0b\"")]
    [InlineData("\"a\nb\"")]
    public void A_body_that_is_not_strict_JSON_makes_the_message_unreadable(string body)
    {
        var unreadable = ParsedCommands.Unreadable(ParsedCommands.WithBody(body));
        unreadable.Reason.ShouldBe("not-json");
        unreadable.Detail.ShouldStartWith("The message is not strict JSON: ");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("{}")]
    [InlineData("\0")]
    [InlineData("}")]
    public void Text_after_the_command_makes_it_unreadable(string text) =>
        ParsedCommands.Unreadable(ParsedCommands.Json() + text).Reason.ShouldBe("not-json");

    [Fact]
    public void A_byte_order_mark_makes_it_unreadable()
    {
        byte[] message = [0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(ParsedCommands.Json())];
        ParsedCommands.Read(message).ShouldBeOfType<ParseResult.Malformed>().Reason.ShouldBe("not-json");
    }

    [Fact]
    public void White_space_around_the_command_does_not_matter() => ParsedCommands.Valid(" \t\r\n" + ParsedCommands.Json() + "\n ");

    [Fact]
    public void The_detail_of_an_unreadable_message_can_be_stored_whatever_stands_in_the_message() =>
        ParsedCommands.Unreadable("\0\u0001").Detail.ShouldNotContain('\0');
}
