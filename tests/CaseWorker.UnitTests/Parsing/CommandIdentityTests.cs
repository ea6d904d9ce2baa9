using CaseWorker.Cases;
using CaseWorker.Json;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

/// <summary>Row 1 of the decision: without an id or a case there is nobody to answer and nothing to wait behind.</summary>
public sealed class CommandIdentityTests
{
    [Theory]
    [InlineData("\"42\"", 42)]
    [InlineData("42", 42)]
    [InlineData("\"1\"", 1)]
    [InlineData("\"9223372036854775807\"", long.MaxValue)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("\"9007199254740993\"", 9007199254740993)]
    public void A_case_reference_is_a_string_of_digits_or_a_number(string raw, long expected) =>
        ParsedCommands.Valid(ParsedCommands.Json(("caseReference", raw))).CaseReference.ShouldBe(expected);

    [Theory]
    [InlineData("\"0\"")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("\"-1\"")]
    [InlineData("-1")]
    [InlineData("\"9223372036854775808\"")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551616")]
    [InlineData("1e99")]
    [InlineData("1.5")]
    [InlineData("\"12a\"")]
    [InlineData("\" 12\"")]
    [InlineData("\"12 \"")]
    [InlineData("\"+1\"")]
    [InlineData("\"1.0\"")]
    [InlineData("\"1,000\"")]
    [InlineData("\"0x12\"")]
    [InlineData("\"١٢\"")]
    [InlineData("\"12\\u0000\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\"")]
    [InlineData("true")]
    [InlineData("[42]")]
    [InlineData("{\"a\":42}")]
    public void Any_other_case_reference_is_unreadable(string raw)
    {
        var unreadable = ParsedCommands.Unreadable(ParsedCommands.Json(("caseReference", raw)));
        unreadable.Reason.ShouldBe("no-case-reference");
        unreadable.Detail.ShouldBe("\"caseReference\" is not a positive 64-bit integer as a string of digits.");
    }

    [Fact]
    public void A_null_case_reference_is_unreadable() =>
        ParsedCommands.Unreadable(ParsedCommands.Json(("caseReference", "null"))).Reason.ShouldBe("no-case-reference");

    [Fact]
    public void A_missing_case_reference_is_unreadable_and_the_text_says_what_it_is() =>
        ParsedCommands.Unreadable(ParsedCommands.Json(("caseReference", null))).Detail.ShouldBe("\"caseReference\" is missing; it is a positive 64-bit integer as a string of digits.");

    [Theory]
    [InlineData("\"9f677f53-0a93-4a43-a5ec-1ec202813a47\"")]
    [InlineData("\"9F677F53-0A93-4A43-A5EC-1EC202813A47\"")]
    [InlineData("\"\\u0039f677f53-0a93-4a43-a5ec-1ec202813a47\"")]
    public void A_command_id_is_a_uuid(string raw) =>
        ParsedCommands.Valid(ParsedCommands.Json(("commandId", raw))).Id.ShouldBe(new Guid(ParsedCommands.Id));

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"00000000-0000-0000-0000-000000000000\"")]
    [InlineData("\"9f677f530a934a43a5ec1ec202813a47\"")]
    [InlineData("\"{9f677f53-0a93-4a43-a5ec-1ec202813a47}\"")]
    [InlineData("\"9f677f53-0a93-4a43-a5ec-1ec202813a4\"")]
    [InlineData("\" 9f677f53-0a93-4a43-a5ec-1ec202813a47\"")]
    [InlineData("\"\\ud800f677f53-0a93-4a43-a5ec-1ec202813a47\"")]
    [InlineData("\"\\u0000f677f53-0a93-4a43-a5ec-1ec202813a47\"")]
    [InlineData("12")]
    [InlineData("{}")]
    public void Any_other_command_id_is_unreadable(string raw)
    {
        var unreadable = ParsedCommands.Unreadable(ParsedCommands.Json(("commandId", raw)));
        unreadable.Reason.ShouldBe("no-command-id");
        unreadable.Detail.ShouldBe("\"commandId\" is not a UUID such as 9f677f53-0a93-4a43-a5ec-1ec202813a47.");
    }

    [Fact]
    public void A_missing_command_id_is_unreadable_and_the_text_says_what_it_is() =>
        ParsedCommands.Unreadable(ParsedCommands.Json(("commandId", null))).Detail.ShouldBe("\"commandId\" is missing; it is a UUID such as 9f677f53-0a93-4a43-a5ec-1ec202813a47.");

    [Theory]
    [InlineData("commandId", "commandId", "no-command-id")]
    [InlineData("commandId", "command\\u0049d", "no-command-id")]
    [InlineData("caseReference", "caseReference", "no-case-reference")]
    [InlineData("caseReference", "\\u0063aseReference", "no-case-reference")]
    public void An_identity_that_stands_twice_is_unreadable_even_if_both_are_the_same(string name, string again, string reason)
    {
        var value = name is "commandId" ? $"\"{ParsedCommands.Id}\"" : "\"42\"";
        var unreadable = ParsedCommands.Unreadable(ParsedCommands.Json((again + "\":" + value + ",\"x", "1")));
        unreadable.Reason.ShouldBe(reason);
        unreadable.Detail.ShouldBe($"\"{name}\" stands twice: it is not clear which one is meant.");
    }

    [Fact]
    public void An_identity_that_stands_twice_is_found_behind_too_many_properties_as_well()
    {
        var many = "{" + string.Join(',', Enumerable.Range(0, JsonLimits.MaxProperties).Select(i => $"\"k{i}\":0")) + "}";
        ParsedCommands.Unreadable(ParsedCommands.Json(("body", many), ("commandId\":\"5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1\",\"x", "1"), ("commandId", $"\"{ParsedCommands.Id}\"")))
            .Reason.ShouldBe("no-command-id");
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("42")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{\"commandId\":}")]
    [InlineData("not json")]
    public void What_is_no_JSON_object_is_unreadable(string message) => ParsedCommands.Unreadable(message).Reason.ShouldBe("not-json");

    [Fact]
    public void What_is_not_UTF_8_is_unreadable()
    {
        byte[] message = [.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        ParsedCommands.Read(message).ShouldBeOfType<ParseResult.Malformed>().Detail.ShouldBe("The message is not UTF-8 text.");
    }

    [Fact]
    public void A_surrogate_encoded_as_UTF_8_is_unreadable()
    {
        byte[] message = [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8];
        ParsedCommands.Read(message).ShouldBeOfType<ParseResult.Malformed>().Reason.ShouldBe("not-json");
    }
}
