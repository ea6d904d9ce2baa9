using System.Text;
using CaseWorker.Cases;
using CaseWorker.UnitTests.Json;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

/// <summary>Input that is made to hurt. What is allocated counts, garbage too: a worker reads many messages at a time.</summary>
public sealed class OversizedInputTests
{
    private const int FiveMegabytes = 5_000_000;

    [Fact]
    public void Half_a_million_open_brackets_are_unreadable() =>
        ParsedCommands.Unreadable(new string('[', 500_000)).Reason.ShouldBe("not-json");

    [Fact]
    public void Half_a_million_open_objects_in_the_body_are_unreadable() =>
        ParsedCommands.Unreadable(ParsedCommands.WithBody(string.Concat(Enumerable.Repeat("{\"a\":", 500_000)))).Reason.ShouldBe("not-json");

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Half_a_million_balanced_levels_are_one_error(char kind) =>
        ParsedCommands.Errors(ParsedCommands.WithBody(JsonLimitTests.Nested(kind, 500_000))).ShouldContain(error => error.Message == "More than 64 levels of objects and arrays.");

    [Fact]
    public void An_envelope_as_deep_as_that_hurts_no_more()
    {
        var deep = JsonLimitTests.Nested('[', 500_000);
        ParsedCommands.Read($"{{\"headers\":{deep},\"message\":{ParsedCommands.Json()}}}", isEnvelope: true).ShouldBeOfType<ParseResult.Parsed>().Command.Errors.ShouldBeEmpty();
        ParsedCommands.Read($"{{\"message\":{deep}}}", isEnvelope: true).ShouldBeOfType<ParseResult.Malformed>();
    }

    public static TheoryData<string, string> FiveMegabytesOf() => new()
    {
        { "brackets", ParsedCommands.WithBody(JsonLimitTests.Nested('[', FiveMegabytes / 2)) },
        { "open brackets", new string('[', FiveMegabytes) },
        { "text", ParsedCommands.WithBody($"{{\"a\":\"{new string('x', FiveMegabytes)}\"}}") },
        { "a key", ParsedCommands.WithBody($"{{\"{new string('x', FiveMegabytes)}\":1}}") },
        { "digits", ParsedCommands.WithBody($"{{\"a\":{new string('7', FiveMegabytes)}}}") },
        { "exponent", ParsedCommands.WithBody($"{{\"a\":1e{new string('7', FiveMegabytes)}}}") },
        { "top-level fields", ParsedCommands.Json((string.Join("\":1,\"", Enumerable.Range(0, FiveMegabytes / 12)), "1")) },
        { "bad numbers", ParsedCommands.WithBody("[" + string.Join(',', Enumerable.Repeat("1e999", FiveMegabytes / 6)) + "]") },
        { "bad texts", ParsedCommands.WithBody("[" + string.Join(',', Enumerable.Repeat("\"\\ud800\"", FiveMegabytes / 9)) + "]") },
    };

    [Theory]
    [MemberData(nameof(FiveMegabytesOf), DisableDiscoveryEnumeration = true)]
    public void Five_megabytes_take_no_more_than_ten_times_their_size(string what, string json)
    {
        var message = Encoding.UTF8.GetBytes(json);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reading = ParsedCommands.Read(message);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10L * message.Length, what);
        if (reading is ParseResult.Parsed readable)
        {
            readable.Command.Errors.Count.ShouldBeInRange(1, 20);
        }
    }

    [Fact]
    public void Paths_and_messages_of_errors_can_be_stored()
    {
        var errors = ParsedCommands.Errors(ParsedCommands.WithBody("{\"a\\u0000\":1e999,\"\\ud800\":[1e999],\"b\\u0000\":{\"\\ud83d\":\"\\u0000\"},\"b\\u0000\":0}"));
        errors.Count.ShouldBe(9);
        foreach (var error in errors)
        {
            ShouldBeStorable(error.Path);
            ShouldBeStorable(error.Message);
        }
    }

    internal static void ShouldBeStorable(string? text)
    {
        if (text is not null)
        {
            text.ShouldNotContain('\0');
            Should.NotThrow(() => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetBytes(text));
        }
    }
}
