using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CaseWorker.Cases;
using CaseWorker.Json;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

/// <summary>Whatever arrives, the reader gives an answer, and what it lets through can be stored.</summary>
public sealed partial class CommandFuzzTests
{
    private static readonly string[] Tokens =
    [
        "\\u0000", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\", "\"", "1e999", "1e131071", "0.0001", "\"a\":1,", "\"body\":{},", ",", "[", "]", "{", "}",
        "null", "NaN", "/**/", "\uFEFF", "\0", "\"\\u0061\":1,\"a\":2,", "-", "00", "\"commandId\":", "\"message\":", "\"responseAddress\":\"queue:x\",", "é", "😀",
    ];

    [Fact]
    public void Random_bytes_never_throw() => Property.Holds(
        Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(),
        bytes => ShouldBeAnswered(bytes).ShouldBeOneOf("unreadable", "invalid", "valid"),
        tries: 500);

    [Fact]
    public void Mutated_commands_never_throw_and_what_is_valid_can_be_stored()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Property.Holds(Property.Seeds, seed => seen.Add(ShouldBeAnswered(Mutated(new Random(seed)))), tries: 5_000);
        seen.ShouldBe(["unreadable", "invalid", "valid"], ignoreOrder: true);
    }

    [Fact]
    public void Unmutated_commands_are_valid() =>
        Property.Holds(Property.Seeds, seed => ShouldBeAnswered(Encoding.UTF8.GetBytes(Spelled(new Random(seed)))).ShouldBe("valid"));

    private static string ShouldBeAnswered(byte[] message)
    {
        ShouldBeAnswered(message, isEnvelope: true);
        ShouldBeAnswered([.. "{\"message\":"u8, .. message, .. "}"u8], isEnvelope: true);
        return ShouldBeAnswered(message, isEnvelope: false);
    }

    private static string ShouldBeAnswered(byte[] message, bool isEnvelope)
    {
        switch (ParsedCommands.Read(message, isEnvelope))
        {
            case ParseResult.Malformed unreadable:
                OversizedInputTests.ShouldBeStorable(unreadable.Detail);
                return "unreadable";
            case ParseResult.Parsed { Command: { Errors.Count: > 0 } command }:
                command.Errors.Count.ShouldBeLessThanOrEqualTo(JsonLimits.MaxErrors);
                foreach (var error in command.Errors)
                {
                    OversizedInputTests.ShouldBeStorable(error.Path);
                    OversizedInputTests.ShouldBeStorable(error.Message);
                }

                ShouldHaveStorableNames(command);
                return "invalid";
            case ParseResult.Parsed { Command: var command }:
                ShouldHaveStorableNames(command);
                using (var body = JsonDocument.Parse(command.Body.GetRawText(), new JsonDocumentOptions { MaxDepth = JsonLimits.MaxDepth, AllowDuplicateProperties = false }))
                {
                    ShouldFitJsonb(body.RootElement);
                }

                return "valid";
            default:
                throw new InvalidOperationException("Neither readable nor unreadable.");
        }
    }

    private static void ShouldHaveStorableNames(Command command)
    {
        OversizedInputTests.ShouldBeStorable(command.ActionName);
        OversizedInputTests.ShouldBeStorable(command.Actor);
        OversizedInputTests.ShouldBeStorable(command.CorrelationId);
        command.CaseReference.ShouldBeGreaterThan(0);
        command.Id.ShouldNotBe(Guid.Empty);
    }

    /// <summary>What PostgreSQL says about jsonb, in its own words: no \u0000, no half pairs, numbers as numeric.</summary>
    private static void ShouldFitJsonb(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    OversizedInputTests.ShouldBeStorable(property.Name);
                    ShouldFitJsonb(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ShouldFitJsonb(item);
                }

                break;
            case JsonValueKind.String:
                OversizedInputTests.ShouldBeStorable(element.GetString());
                break;
            case JsonValueKind.Number:
                var parts = NumberParts().Match(element.GetRawText());
                BigInteger.Abs(BigInteger.Parse("0" + parts.Groups["exponent"].Value.TrimStart('+', '-'), CultureInfo.InvariantCulture)).ShouldBeLessThanOrEqualTo(308);
                (parts.Groups["whole"].Length + parts.Groups["fraction"].Length).ShouldBeLessThanOrEqualTo(308 + 65);
                break;
        }
    }

    private static string Spelled(Random random)
    {
        var body = JsonTree.RandomObject(random);
        var tree = new JsonTree.Object(
        [
            ("commandId", new JsonTree.Text(ParsedCommands.Id)),
            ("caseReference", random.Next(2) == 0 ? new JsonTree.Number(42, 0) : new JsonTree.Text("42")),
            ("action", new JsonTree.Text("case.merge")),
            ("body", body),
            ("actor", new JsonTree.Text("é😀")),
            ("proposedVersion", new JsonTree.Number(2, 0)),
        ]);

        // A case reference has one spelling only: digits.
        var spelled = tree.Spell(random);
        return ParsedCommands.Read(spelled) is ParseResult.Parsed ? spelled : ParsedCommands.Replace(("body", body.Spell(random)));
    }

    private static byte[] Mutated(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(Spelled(random)).ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 4), bytes.Count - at - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 30), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex("^-?(?<whole>[0-9]+)(\\.(?<fraction>[0-9]+))?([eE](?<exponent>[+-]?[0-9]+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NumberParts();
}
