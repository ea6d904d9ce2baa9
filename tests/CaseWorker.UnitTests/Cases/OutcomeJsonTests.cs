using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

/// <summary>The exact JSON of each outcome: what subscribers in any language rely on.</summary>
public sealed class OutcomeJsonTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 30, 0, 123, 456, TimeSpan.Zero);
    private static readonly Guid OutcomeId = OutcomeComposer.OutcomeIdOf(new Guid(ParsedCommands.Id));
    private static readonly CaseState After = new(long.MaxValue, CaseBlob.Of("{}"), Version: 3, Nonce: 7);

    [Fact]
    public void An_accepted_outcome_has_this_shape()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Replace(("caseReference", "\"9223372036854775807\""), ("actor", "\"Zoë\""), ("correlationId", "\"thread\"")));
        ShouldBeJson(OutcomeComposer.Accepted(command, new Decision.Accepted(After, Changed: true, Row: null), 99, Now), $$"""
            {
              "outcome": "accepted", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "9223372036854775807",
              "action": "case.replace", "status": 200, "correlationId": "thread", "actor": "Zoë", "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "nonce": 7, "globalNonce": 99, "version": 3, "changed": true
            }
            """);
    }

    [Fact]
    public void What_an_accepted_outcome_does_not_have_is_null()
    {
        ShouldBeJson(OutcomeComposer.Accepted(ParsedCommands.Valid(ParsedCommands.Json()), new Decision.Accepted(After, Changed: false, Row: null), 1, Now), $$"""
            {
              "outcome": "accepted", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "42",
              "action": "case.create", "status": 200, "correlationId": null, "actor": null, "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "nonce": 7, "globalNonce": 1, "version": 3, "changed": false
            }
            """);
    }

    [Fact]
    public void A_conflicted_outcome_has_this_shape()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", "5"), ("actor", "\"me\"")));
        var last = new LastEvent(7, "note.add", null, Now);
        ShouldBeJson(OutcomeComposer.Conflicted(command, new Decision.Conflicted("nonce", 3, 7, null), last, Now), $$"""
            {
              "outcome": "conflicted", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "42",
              "action": "case.replace", "status": 409, "correlationId": null, "actor": "me", "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "reason": "nonce", "proposedVersion": 2, "proposedNonce": 5, "currentVersion": 3, "currentNonce": 7,
              "lastEvent": { "nonce": 7, "action": "note.add", "actor": null, "recordedAt": "2026-11-23T09:30:00.123456+00:00" }
            }
            """);
    }

    [Fact]
    public void What_a_conflicted_outcome_does_not_have_is_null()
    {
        ShouldBeJson(OutcomeComposer.Conflicted(ParsedCommands.Valid(ParsedCommands.Json()), new Decision.Conflicted("version", 0, 0, null), null, Now), $$"""
            {
              "outcome": "conflicted", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "42",
              "action": "case.create", "status": 409, "correlationId": null, "actor": null, "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "reason": "version", "proposedVersion": null, "proposedNonce": null, "currentVersion": 0, "currentNonce": 0, "lastEvent": null
            }
            """);
    }

    [Fact]
    public void A_rejected_outcome_has_this_shape()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("action", "\"case.close\""), ("correlationId", "\"thread\"")));
        var decision = new Decision.Rejected(400, "invalid", [new FieldError("/action", "Unknown."), new FieldError("", "All of it.")], After, IsRecorded: true);
        ShouldBeJson(OutcomeComposer.Rejected(command, decision, Now), $$"""
            {
              "outcome": "rejected", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "42",
              "action": "case.close", "status": 400, "correlationId": "thread", "actor": null, "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "reason": "invalid", "errors": [ { "path": "/action", "message": "Unknown." }, { "path": "", "message": "All of it." } ],
              "currentVersion": 3, "currentNonce": 7
            }
            """);
    }

    [Fact]
    public void What_a_rejected_outcome_does_not_have_is_null()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("action", "12")));
        ShouldBeJson(OutcomeComposer.Rejected(command, new Decision.Rejected(404, "case-not-found", [], null, IsRecorded: true), Now), $$"""
            {
              "outcome": "rejected", "outcomeId": "{{OutcomeId}}", "commandId": "{{ParsedCommands.Id}}", "caseReference": "42",
              "action": null, "status": 404, "correlationId": null, "actor": null, "recordedAt": "2026-11-23T09:30:00.123456+00:00",
              "reason": "case-not-found", "errors": [], "currentVersion": null, "currentNonce": null
            }
            """);
    }

    [Fact]
    public void A_refusal_read_back_from_jsonb_is_written_byte_for_byte_as_it_was() => Property.Holds(Property.Seeds, seed =>
    {
        var random = new Random(seed);
        var name = ((JsonTree.Text)new JsonTree.Text("é😀\"\\/<&>\u2028\u0001" + random.Next())).Value;
        var command = ParsedCommands.Parsed(ParsedCommands.Replace(("actor", JsonSerializer.Serialize(name)), ("proposedNonce", $"{random.Next(1, 1000)}")));
        var at = Now.AddTicks(random.Next() * 10L);
        CaseOutcome refusal = random.Next(2) == 0
            ? OutcomeComposer.Conflicted(
                command, new Decision.Conflicted("nonce", random.Next(), random.NextInt64(), null), random.Next(2) == 0 ? null : new LastEvent(random.Next(), "note.add", name, at), at)
            : OutcomeComposer.Rejected(
                command, new Decision.Rejected(400, "invalid", [new FieldError("/" + name, name)], random.Next(2) == 0 ? null : After, IsRecorded: true), at);

        var written = OutcomeJson.Write(refusal);
        OutcomeJson.Write(OutcomeJson.ReadRefusal(refusal.Outcome, AsJsonb(written))).ShouldBe(written);
    });

    [Fact]
    public void A_subscriber_in_dotnet_reads_what_was_written()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Json(("caseReference", "9007199254740993")));
        var outcome = OutcomeComposer.Accepted(command, new Decision.Accepted(After, Changed: true, Row: null), 99, Now);
        JsonSerializer.Deserialize<CaseAccepted>(OutcomeJson.Write(outcome), JsonSerializerOptions.Web).ShouldBe(outcome);
    }

    /// <summary>jsonb keeps values: keys come back by length, then bytes, texts unescaped, with spaces between.</summary>
    private static string AsJsonb(byte[] json) => Sorted(JsonNode.Parse(json))!.ToJsonString(
        new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true });

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.OrderBy(p => p.Key.Length).ThenBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static void ShouldBeJson(CaseOutcome actual, string expected)
    {
        var json = Encoding.UTF8.GetString(OutcomeJson.Write(actual));
        JsonElement.DeepEquals(JsonElement.Parse(json), JsonElement.Parse(expected)).ShouldBeTrue(json);
    }
}
