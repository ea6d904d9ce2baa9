using System.Globalization;
using System.Text;
using CaseWorker.Json;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Json;

/// <summary>Every limit of section 8, at the limit and one beyond it.</summary>
public sealed class JsonLimitTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_command_may_have_one_MiB(int beyond, bool isValid)
    {
        var room = JsonLimits.MaxBytes - Encoding.UTF8.GetByteCount(ParsedCommands.WithBody("{\"a\":\"\"}"));
        var json = ParsedCommands.WithBody($"{{\"a\":\"{new string('x', room + beyond)}\"}}");
        Encoding.UTF8.GetByteCount(json).ShouldBe(JsonLimits.MaxBytes + beyond);

        if (isValid)
        {
            ParsedCommands.Valid(json);
        }
        else
        {
            ParsedCommands.Error(json).ShouldSatisfyAllConditions(
                error => error.Path.ShouldBe(""),
                error => error.Message.ShouldBe("The command has 1,048,577 bytes; at most 1,048,576 (1 MiB) are taken."));
        }
    }

    [Theory]
    [InlineData('{')]
    [InlineData('[')]
    public void A_body_may_have_64_levels(char kind)
    {
        var body = $"{{\"a\":{Nested(kind, JsonLimits.MaxDepth - 1)}}}";
        ParsedCommands.Valid(ParsedCommands.WithBody(body)).Body.GetRawText().ShouldBe(body);
    }

    [Theory]
    [InlineData('{')]
    [InlineData('[')]
    public void A_body_of_65_levels_is_invalid(char kind)
    {
        var error = ParsedCommands.Error(ParsedCommands.WithBody($"{{\"a\":{Nested(kind, JsonLimits.MaxDepth)}}}"));
        error.Message.ShouldBe("More than 64 levels of objects and arrays.");
        error.Path.ShouldStartWith("/body/a/");
        error.Path.ShouldEndWith("/…");
    }

    [Fact]
    public void Depth_is_also_limited_outside_the_body()
    {
        ParsedCommands.Valid(ParsedCommands.Json(("later", Nested('[', JsonLimits.MaxDepth))));
        ParsedCommands.Error(ParsedCommands.Json(("later", Nested('[', JsonLimits.MaxDepth + 1)))).Path.ShouldStartWith("/later");
    }

    [Fact]
    public void What_stands_behind_a_structure_that_is_too_deep_is_still_read()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("body", Nested('[', 100)), ("caseReference", "\"7\""), ("commandId", $"\"{ParsedCommands.Id}\"")));
        command.Id.ShouldBe(new Guid(ParsedCommands.Id));
        command.CaseReference.ShouldBe(7);
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":1}", "/body/a")]
    [InlineData("{\"a\":1,\"b\":2,\"a\":1}", "/body/a")]
    [InlineData("{\"a\":1,\"\\u0061\":2}", "/body/a")]
    [InlineData("{\"\\u0061\":1,\"a\":2}", "/body/a")]
    [InlineData("{\"/\":1,\"\\/\":2}", "/body/~1")]
    [InlineData("{\"~\":1,\"\\u007e\":2}", "/body/~0")]
    [InlineData("{\"é\":1,\"\\u00E9\":2}", "/body/é")]
    [InlineData("{\"😀\":1,\"\\ud83d\\ude00\":2}", "/body/😀")]
    [InlineData("{\"\":1,\"\":2}", "/body/")]
    [InlineData("{\"x\":{\"a\":1,\"a\":2}}", "/body/x/a")]
    [InlineData("{\"x\":[0,[1,{\"a\":1,\"\\u0061\":2}]]}", "/body/x/1/1/a")]
    [InlineData("{\"x\":[{},{\"a\":1},{\"a\":{\"b\":1,\"b\":2}}]}", "/body/x/2/a/b")]
    public void A_key_that_stands_twice_is_invalid_at_any_level_and_in_any_spelling(string body, string path)
    {
        var error = ParsedCommands.Error(ParsedCommands.WithBody(body));
        error.Path.ShouldBe(path);
        error.Message.ShouldBe("The key stands twice in the same object.");
    }

    [Theory]
    [InlineData("{\"a\":{\"a\":{\"a\":1}}}")]
    [InlineData("{\"x\":[{\"a\":1},{\"a\":1}],\"y\":{\"a\":1},\"a\":1}")]
    [InlineData("{\"a\":1,\"A\":2}")]
    [InlineData("{\"e\\u0301\":1,\"\\u00e9\":2}")]
    public void The_same_key_in_different_objects_and_similar_keys_are_fine(string body) => ParsedCommands.Valid(ParsedCommands.WithBody(body));

    [Theory]
    [InlineData("action", "\"case.create\"")]
    [InlineData("body", "{}")]
    [InlineData("actor", "\"me\"")]
    [InlineData("proposedVersion", "1")]
    [InlineData("something", "1")]
    public void A_top_level_field_that_stands_twice_is_invalid(string name, string value) =>
        ParsedCommands.Error(ParsedCommands.Json((name + "\":" + value + ",\"x", "1"), (name, value))).ShouldSatisfyAllConditions(
            error => error.Path.ShouldBe("/" + name),
            error => error.Message.ShouldBe("The key stands twice in the same object."));

    [Theory]
    [InlineData("{\"a\":\"\\u0000\"}", "/body/a")]
    [InlineData("{\"a\":\"x\\u0000y\"}", "/body/a")]
    [InlineData("{\"a\":[1,\"\\u0000\"]}", "/body/a/1")]
    [InlineData("{\"before\":0,\"a\\u0000b\":1}", "/body/a\uFFFDb")]
    public void U_0000_is_invalid_in_keys_and_texts(string body, string path)
    {
        var error = ParsedCommands.Error(ParsedCommands.WithBody(body));
        error.Path.ShouldBe(path);
        error.Message.ShouldBe("The text contains the character U+0000, which PostgreSQL cannot store.");
    }

    [Fact]
    public void An_escaped_backslash_before_u0000_is_no_escape() => ParsedCommands.Valid(ParsedCommands.WithBody("{\"a\":\"\\\\u0000\"}"));

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\ud800x")]
    [InlineData("\\ud83d\\u0061")]
    [InlineData("\\ud83d\\ud83d")]
    [InlineData("\\ude00\\ud83d")]
    [InlineData("\\ud83d😀")]
    public void Half_a_surrogate_pair_is_invalid_in_keys_and_texts(string text)
    {
        const string message = "The text contains half of a surrogate pair, which is no character.";
        ParsedCommands.Error(ParsedCommands.WithBody($"{{\"a\":\"{text}\"}}")).ShouldBe(new("/body/a", message));
        ParsedCommands.Error(ParsedCommands.WithBody($"{{\"before\":0,\"{text}\":1}}")).ShouldBe(new("/body", message));
    }

    [Fact]
    public void A_whole_surrogate_pair_is_a_character() =>
        ParsedCommands.Valid(ParsedCommands.WithBody("{\"\\ud83d\\ude00\":\"\\ud83d\\ude00\"}")).Body.GetProperty("😀").GetString().ShouldBe("😀");

    [Fact]
    public void A_number_may_have_64_digits()
    {
        ParsedCommands.Valid(Number(new string('7', 64)));
        ParsedCommands.Valid(Number("-" + new string('7', 60) + ".7777"));
        ParsedCommands.Valid(Number("0." + new string('0', 200) + new string('7', 64)));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("-", "")]
    [InlineData("", "e-60")]
    [InlineData("0.", "")]
    [InlineData("0.000", "")]
    [InlineData("0.", "E+2")]
    public void A_number_of_65_digits_is_invalid(string before, string after)
    {
        ParsedCommands.Valid(Number(before + new string('7', 64) + after));
        ParsedCommands.Error(Number(before + new string('7', 65) + after)).ShouldBe(new("/body/n", "The number has more than 64 digits."));
    }

    [Fact]
    public void Zeros_that_PostgreSQL_would_store_count_as_digits() =>
        ParsedCommands.Error(Number("1." + new string('0', 64))).Message.ShouldBe("The number has more than 64 digits.");

    [Theory]
    [InlineData("1e308")]
    [InlineData("1E+308")]
    [InlineData("9.99e308")]
    [InlineData("-1e-308")]
    [InlineData("0e308")]
    [InlineData("10e307")]
    [InlineData("0.1e-307")]
    [InlineData("1e0000000000000000000000000000000000000000308")]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("0.0")]
    public void An_exponent_may_reach_308(string number) => ParsedCommands.Valid(Number(number));

    [Theory]
    [InlineData("1e309")]
    [InlineData("1e-309")]
    [InlineData("10e308")]
    [InlineData("0.1e-308")]
    [InlineData("0e309")]
    [InlineData("0e999999")]
    [InlineData("1e131071")]
    [InlineData("1e-16384")]
    [InlineData("1e2147483648")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("-1E+99999999999999999999")]
    [InlineData("0.1e99999999999999999999")]
    public void An_exponent_beyond_308_is_invalid(string number) =>
        ParsedCommands.Error(Number(number)).ShouldBe(new("/body/n", "The number's decimal exponent is outside -308 to 308."));

    [Theory]
    [InlineData(307, true)]
    [InlineData(308, false)]
    [InlineData(20_000, false)]
    public void A_small_number_written_without_an_exponent_has_one_all_the_same(int zeros, bool isValid) =>
        ParsedCommands.Errors(Number("0." + new string('0', zeros) + "1")).Count.ShouldBe(isValid ? 0 : 1);

    [Fact]
    public void A_zero_of_endless_zeros_is_invalid() =>
        ParsedCommands.Error(Number("0." + new string('0', 500_000))).Path.ShouldBe("/body/n");

    [Theory]
    [InlineData(3_400, true)]
    [InlineData(3_405, false)]
    public void Numbers_may_not_unfold_to_more_than_1_MiB(int count, bool isValid)
    {
        // 3,404 times 308 digits is the last that fits.
        var errors = ParsedCommands.Errors(Number($"[{string.Join(',', Enumerable.Repeat("1e308", count))}]"));
        errors.Select(error => error.Message).ShouldBe(isValid ? [] : ["The numbers, written out without exponents, have more than 1,048,576 digits."]);
    }

    [Fact]
    public void Numbers_are_limited_outside_the_body_as_well() =>
        ParsedCommands.Error(ParsedCommands.Json(("later", "[1e131071]"))).Path.ShouldBe("/later/0");

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_command_may_have_10_000_properties_in_all(int beyond, bool isValid)
    {
        // Four at the top, one for the list, the rest in two objects.
        var half = (JsonLimits.MaxProperties - 5) / 2;
        var rest = JsonLimits.MaxProperties - 5 - half + beyond;
        var json = ParsedCommands.WithBody($"{{\"list\":[{Properties(half)},{Properties(rest)}]}}");
        if (isValid)
        {
            ParsedCommands.Valid(json);
        }
        else
        {
            ParsedCommands.Error(json).Message.ShouldBe("More than 10,000 properties.");
        }
    }

    [Theory]
    [InlineData("x", 65_536, true)]
    [InlineData("x", 65_537, false)]
    [InlineData("é", 32_768, true)]
    [InlineData("é", 32_769, false)]
    [InlineData("\\u00e9", 32_768, true)]
    [InlineData("\\u00e9", 32_769, false)]
    public void A_note_may_have_64_KiB_of_UTF_8(string character, int times, bool isValid)
    {
        var json = ParsedCommands.Json(("action", "\"note.add\""), ("body", $"{{\"body\":\"{string.Concat(Enumerable.Repeat(character, times))}\"}}"));
        if (isValid)
        {
            ParsedCommands.Valid(json);
        }
        else
        {
            ParsedCommands.Error(json).ShouldBe(new("/body/body", "Must have 1 to 65536 bytes of UTF-8 (64 KiB)."));
        }
    }

    [Theory]
    [InlineData("actor")]
    [InlineData("correlationId")]
    public void Actor_and_correlation_id_may_have_256_characters(string name)
    {
        ParsedCommands.Valid(ParsedCommands.Json((name, $"\"{new string('é', 256)}\"")));
        ParsedCommands.Error(ParsedCommands.Json((name, $"\"{new string('é', 257)}\""))).ShouldBe(new("/" + name, "Must have 0 to 256 characters."));
    }

    [Fact]
    public void At_most_20_errors_are_listed()
    {
        ParsedCommands.Errors(ParsedCommands.WithBody("[" + string.Join(',', Enumerable.Repeat("1e999", 20)) + "]")).Count.ShouldBe(20);
        ParsedCommands.Errors(ParsedCommands.WithBody("[" + string.Join(',', Enumerable.Repeat("1e999", 5_000)) + "]")).Count.ShouldBe(20);
    }

    [Fact]
    public void A_command_that_is_too_large_and_wrong_in_itself_lists_at_most_20_errors_too() =>
        ParsedCommands.Errors(ParsedCommands.WithBody("[" + string.Join(',', Enumerable.Repeat("1e999", 200_000)) + "]")).Count.ShouldBe(20);

    [Fact]
    public void A_long_key_is_cut_in_the_path() =>
        ParsedCommands.Error(ParsedCommands.WithBody($"{{\"{new string('k', 10_000)}\":1e999}}")).Path.Length.ShouldBeLessThanOrEqualTo(513);

    internal static string Nested(char kind, int levels) => kind is '['
        ? new string('[', levels) + new string(']', levels)
        : string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "{}" + new string('}', levels - 1);

    private static string Number(string number) => ParsedCommands.WithBody($"{{\"n\":{number}}}");

    private static string Properties(int count) =>
        "{" + string.Join(',', Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"\"k{i}\":0"))) + "}";
}
