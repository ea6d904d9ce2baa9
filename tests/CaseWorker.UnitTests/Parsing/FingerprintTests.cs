using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

public sealed class FingerprintTests
{
    [Fact]
    public void Spelling_does_not_count() => Property.Holds(
        from tree in Property.Seeds from spelling in Property.Seeds select (tree, spelling),
        seeds =>
        {
            var tree = JsonTree.RandomObject(new Random(seeds.tree));
            var random = new Random(seeds.spelling);
            Of(tree.Spell(random)).ShouldBe(Of(tree.Spell(random)));
        },
        tries: 500);

    [Fact]
    public void Every_change_of_a_value_counts() => Property.Holds(
        from tree in Property.Seeds from change in Property.Seeds select (tree, change),
        seeds =>
        {
            var random = new Random(seeds.change);
            var before = JsonTree.RandomValue(new Random(seeds.tree), depth: 3);
            var after = before.WithOneChange(random);
            var isSame = string.Equals(before.Meaning(), after.Meaning(), StringComparison.Ordinal);
            Of($"{{\"v\":{before.Spell(random)}}}").AsSpan().SequenceEqual(Of($"{{\"v\":{after.Spell(random)}}}")).ShouldBe(isSame);
        },
        tries: 1_000);

    [Fact]
    public void The_spelling_of_the_fields_around_the_body_does_not_count()
    {
        var plain = ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "10"))).Digest;
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "1e1"))).Digest.ShouldBe(plain);
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "10"), ("proposedVersion", "2.0"))).Digest.ShouldBe(plain);
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "10"), ("caseReference", "42"))).Digest.ShouldBe(plain);
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "10"), ("action", "\"case\\u002ereplace\""))).Digest.ShouldBe(plain);
    }

    [Theory]
    [InlineData("actor", "\"me\"")]
    [InlineData("correlationId", "\"thread\"")]
    [InlineData("issuedAt", "\"2026-11-23T09:30:00Z\"")]
    [InlineData("unknown", "1")]
    [InlineData("commandId", "\"5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1\"")]
    public void What_does_not_change_the_effect_does_not_count(string name, string raw) =>
        ParsedCommands.Valid(ParsedCommands.Json((name, raw))).Digest.ShouldBe(ParsedCommands.Valid(ParsedCommands.Json()).Digest);

    [Theory]
    [InlineData("action", "\"case.merge\"")]
    [InlineData("caseReference", "\"43\"")]
    [InlineData("proposedVersion", "3")]
    [InlineData("proposedNonce", "2")]
    [InlineData("body", "{\"a\":1}")]
    public void What_changes_the_effect_counts(string name, string raw) =>
        ParsedCommands.Valid(ParsedCommands.Replace((name, raw))).Digest.ShouldNotBe(ParsedCommands.Valid(ParsedCommands.Replace()).Digest);

    [Fact]
    public void A_proposed_nonce_is_no_proposed_version() =>
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedVersion", null), ("proposedNonce", "2"))).Digest.ShouldNotBe(ParsedCommands.Valid(ParsedCommands.Replace()).Digest);

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":\"1\"}")]
    [InlineData("{\"a\":null}", "{}")]
    [InlineData("{\"a\":null}", "{\"a\":\"null\"}")]
    [InlineData("{\"a\":[1,2]}", "{\"a\":[2,1]}")]
    [InlineData("{\"a\":[]}", "{\"a\":{}}")]
    [InlineData("{\"a\":[[],1]}", "{\"a\":[[1]]}")]
    [InlineData("{\"a\":1}", "{\"A\":1}")]
    [InlineData("{\"a\":0.1}", "{\"a\":0.10000000000000000001}")]
    [InlineData("{\"a\":9007199254740993}", "{\"a\":9007199254740992}")]
    [InlineData("{\"a\":1e308}", "{\"a\":1e307}")]
    [InlineData("{\"a\":-1}", "{\"a\":1}")]
    [InlineData("{\"a\":\"\"}", "{\"a\":null}")]
    [InlineData("{\"a\":{\"b\":1}}", "{\"a\":{},\"b\":1}")]
    public void Different_values_have_different_fingerprints(string left, string right) => Of(left).ShouldNotBe(Of(right));

    [Theory]
    [InlineData("{\"a\":0}", "{\"a\":-0.00e5}")]
    [InlineData("{\"a\":100}", "{\"a\":1E+2}")]
    [InlineData("{\"a\":1,\"b\":2}", "{ \"b\" : 2.0, \"a\" : 10e-1 }")]
    [InlineData("{\"é\":\"/\"}", "{\"\\u00E9\":\"\\/\"}")]
    public void Equal_values_have_one_fingerprint(string left, string right) => Of(left).ShouldBe(Of(right));

    [Fact]
    public void A_command_that_breaks_a_limit_is_known_again_by_its_bytes_only()
    {
        var once = ParsedCommands.Parsed(ParsedCommands.WithBody("{\"a\":1e999}")).Digest;
        ParsedCommands.Parsed(ParsedCommands.WithBody("{\"a\":1e999}")).Digest.ShouldBe(once);
        ParsedCommands.Parsed(ParsedCommands.WithBody("{\"a\": 1e999}")).Digest.ShouldNotBe(once);
    }

    [Theory]
    [InlineData("{\"a\":[1.50,\"é\",null,true,{\"b\":-0}]}", "b5c17f2ba6649f73c0b93aca82c97734c59eeaada59e576c8ca3d515a65ea17b")]
    [InlineData("{\"\uE000\":8,\"😀\":7,\"é\":6,\"z\":\"a<b\",\"a\\u0062\":3,\"aa\":2,\"B\":1}", "6e29cafccfeda41784accd7397d3859127533bf2832500ab84bb16d62bf5490a")]
    public void A_fingerprint_never_changes_since_it_is_stored(string body, string fingerprint) =>
        Convert.ToHexStringLower(ParsedCommands.Valid(ParsedCommands.Replace(("body", body))).Digest).ShouldBe(fingerprint);

    private static byte[] Of(string body) => ParsedCommands.Valid(ParsedCommands.WithBody(body)).Digest;
}
