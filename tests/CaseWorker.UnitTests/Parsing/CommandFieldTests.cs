using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

/// <summary>Row 2 of the decision: what is wrong with a command by itself.</summary>
public sealed class CommandFieldTests
{
    private const string ProposalText = "Must be a whole number of at least 1: the current number plus one.";

    [Fact]
    public void A_whole_command_is_read()
    {
        var command = ParsedCommands.Valid($$"""
            { "commandId": "{{ParsedCommands.Id}}", "caseReference": "42", "action": "case.merge", "proposedVersion": 3, "proposedNonce": 7,
              "body": {"a": 1}, "actor": "Zoë", "correlationId": "thread-1", "issuedAt": "2026-11-23T09:30:00Z", "unknown": true }
            """);
        command.ShouldSatisfyAllConditions(
            c => c.Id.ShouldBe(new Guid(ParsedCommands.Id)),
            c => c.CaseReference.ShouldBe(42),
            c => c.ActionName.ShouldBe("case.merge"),
            c => c.Action!.Name.ShouldBe("case.merge"),
            c => c.ProposedVersion.ShouldBe(3),
            c => c.ProposedNonce.ShouldBe(7),
            c => c.Body.GetRawText().ShouldBe("{\"a\": 1}"),
            c => c.Actor.ShouldBe("Zoë"),
            c => c.CorrelationId.ShouldBe("thread-1"));
    }

    [Fact]
    public void Null_is_the_same_as_absent_for_optional_fields()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Json(("proposedVersion", "null"), ("proposedNonce", "null"), ("actor", "null"), ("correlationId", "null"), ("issuedAt", "null")));
        command.ShouldSatisfyAllConditions(
            c => c.ProposedVersion.ShouldBeNull(),
            c => c.ProposedNonce.ShouldBeNull(),
            c => c.Actor.ShouldBeNull(),
            c => c.CorrelationId.ShouldBeNull());
    }

    [Fact]
    public void What_a_serialised_CaseCommand_says_is_read()
    {
        var sent = new CaseCommand
        {
            CommandId = new Guid(ParsedCommands.Id),
            CaseReference = long.MaxValue,
            Action = CaseActions.CaseReplace,
            ProposedNonce = 4,
            Body = JsonElement.Parse("{\"a\":null}"),
            Actor = "me",
            IssuedAt = DateTimeOffset.UnixEpoch,
        };
        ParsedCommands.Valid(JsonSerializer.Serialize(sent, JsonSerializerOptions.Web)).ShouldSatisfyAllConditions(
            c => c.CaseReference.ShouldBe(long.MaxValue),
            c => c.ProposedNonce.ShouldBe(4),
            c => c.Body.GetRawText().ShouldBe("{\"a\":null}"),
            c => c.Actor.ShouldBe("me"));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("2", 2)]
    [InlineData("2.0", 2)]
    [InlineData("2e0", 2)]
    [InlineData("1e3", 1000)]
    [InlineData("1200e-2", 12)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775807.0", long.MaxValue)]
    public void A_proposal_is_a_whole_number_in_any_spelling(string raw, long expected)
    {
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedVersion", raw))).ProposedVersion.ShouldBe(expected);
        ParsedCommands.Valid(ParsedCommands.Replace(("proposedNonce", raw))).ProposedNonce.ShouldBe(expected);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("0.9")]
    [InlineData("1e-3")]
    [InlineData("1.00000000000000000000000000000000000000001")]
    [InlineData("0.99999999999999999999999999999999999999999")]
    [InlineData("\"1\"")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{}")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372036854775807.5")]
    [InlineData("1e19")]
    [InlineData("1e300")]
    public void Any_other_proposal_is_invalid_and_no_second_error_says_that_it_is_missing(string raw)
    {
        ParsedCommands.Error(ParsedCommands.Replace(("proposedVersion", raw))).ShouldBe(new("/proposedVersion", ProposalText));
        ParsedCommands.Error(ParsedCommands.Replace(("proposedVersion", null), ("proposedNonce", raw))).ShouldBe(new("/proposedNonce", ProposalText));
    }

    [Theory]
    [InlineData("case.replace")]
    [InlineData("case.merge")]
    public void A_blob_action_needs_a_proposal(string action)
    {
        ParsedCommands.Error(ParsedCommands.Json(("action", $"\"{action}\""))).ShouldBe(
            new("/proposedVersion", $"Required for {action}, unless proposedNonce is given: the current number plus one."));
        ParsedCommands.Valid(ParsedCommands.Json(("action", $"\"{action}\""), ("proposedNonce", "2")));
        ParsedCommands.Valid(ParsedCommands.Json(("action", $"\"{action}\""), ("proposedVersion", "2")));
    }

    [Fact]
    public void A_create_needs_no_proposal() => ParsedCommands.Valid(ParsedCommands.Json());

    [Fact]
    public void A_note_refuses_a_proposed_version_and_takes_a_proposed_nonce()
    {
        ParsedCommands.Error(Note("{\"body\":\"hello\"}", ("proposedVersion", "2"))).ShouldBe(
            new("/proposedVersion", "Refused: a note does not touch the version. Leave it out, or propose a nonce."));
        ParsedCommands.Valid(Note("{\"body\":\"hello\"}", ("proposedNonce", "2"))).ProposedNonce.ShouldBe(2);
        ParsedCommands.Valid(Note("{\"body\":\"hello\"}"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"body\":null}")]
    [InlineData("{\"body\":1}")]
    [InlineData("{\"Body\":\"hello\"}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"hello\"")]
    public void A_note_needs_its_text(string body) => ParsedCommands.Error(Note(body)).ShouldBe(new("/body/body", "Required. Must be a non-empty string."));

    [Fact]
    public void A_note_is_not_empty() => ParsedCommands.Error(Note("{\"body\":\"\"}")).Path.ShouldBe("/body/body");

    [Theory]
    [InlineData("case.crate", "case.create")]
    [InlineData("Case.Create", "case.create")]
    [InlineData("case-merge", "case.merge")]
    [InlineData("notes.add", "note.add")]
    public void An_unknown_action_is_told_what_was_meant(string sent, string meant) =>
        ParsedCommands.Error(ParsedCommands.Json(("action", $"\"{sent}\""))).ShouldBe(
            new("/action", $"Unknown action. Did you mean \"{meant}\"? Known are: case.create, case.merge, case.replace, note.add."));

    [Fact]
    public void An_action_like_no_other_is_told_what_is_known() =>
        ParsedCommands.Error(ParsedCommands.Json(("action", "\"evidence.attach\""))).Message.ShouldBe("Unknown action. Known are: case.create, case.merge, case.replace, note.add.");

    [Fact]
    public void An_unknown_action_is_kept_for_the_outcome()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("action", "\"evidence.attach\"")));
        command.ActionName.ShouldBe("evidence.attach");
        command.Action.ShouldBeNull();
    }

    [Theory]
    [InlineData(null, "Required. Must be a string.")]
    [InlineData("null", "Required. Must be a string.")]
    [InlineData("12", "Must be a string.")]
    [InlineData("{}", "Must be a string.")]
    [InlineData("\"\"", "Must have 1 to 256 characters.")]
    public void An_action_is_required(string? raw, string message) =>
        ParsedCommands.Error(ParsedCommands.Json(("action", raw))).ShouldBe(new("/action", message));

    [Fact]
    public void An_endless_action_is_invalid() =>
        ParsedCommands.Error(ParsedCommands.Json(("action", $"\"{new string('a', 257)}\""))).ShouldBe(new("/action", "Must have 1 to 256 characters."));

    [Fact]
    public void A_missing_body_is_invalid() => ParsedCommands.Error(ParsedCommands.Json(("body", null))).ShouldBe(new("/body", "Required. Must be the content of the action."));

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[{}]")]
    [InlineData("\"{}\"")]
    [InlineData("1")]
    [InlineData("true")]
    public void The_body_of_a_blob_action_is_an_object(string body)
    {
        ParsedCommands.Error(ParsedCommands.WithBody(body)).ShouldBe(new("/body", "Must be a JSON object."));
        ParsedCommands.Error(ParsedCommands.Replace(("body", body))).ShouldBe(new("/body", "Must be a JSON object."));
        ParsedCommands.Error(ParsedCommands.Replace(("action", "\"case.merge\""), ("body", body))).ShouldBe(new("/body", "Must be a JSON object."));
    }

    [Theory]
    [InlineData("actor")]
    [InlineData("correlationId")]
    public void Actor_and_correlation_id_are_texts(string name) =>
        ParsedCommands.Error(ParsedCommands.Json((name, "12"))).ShouldBe(new("/" + name, "Must be a string."));

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("1700000000")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    public void An_issue_time_is_a_date_and_time(string raw) =>
        ParsedCommands.Error(ParsedCommands.Json(("issuedAt", raw))).ShouldBe(
            new("/issuedAt", "Must be a date and time as in RFC 3339, for example 2026-11-23T09:30:00Z."));

    [Theory]
    [InlineData("2026-11-23T09:30:00Z")]
    [InlineData("2026-11-23T09:30:00.123456+01:00")]
    public void An_issue_time_as_in_RFC_3339_is_taken(string text) => ParsedCommands.Valid(ParsedCommands.Json(("issuedAt", $"\"{text}\"")));

    [Fact]
    public void Everything_that_is_wrong_is_listed_at_once() =>
        ParsedCommands.Errors(ParsedCommands.Json(("action", "\"case.merge\""), ("body", "[]"), ("actor", "1"), ("proposedNonce", "0"), ("issuedAt", "1")))
            .Select(error => error.Path)
            .ShouldBe(["/proposedNonce", "/actor", "/issuedAt", "/body"]);

    [Fact]
    public void A_command_in_the_queue_of_another_slot_is_invalid_and_told_the_right_one()
    {
        var command = ParsedCommands.Read(ParsedCommands.Json(("caseReference", "\"130\"")), slot: 3).ShouldBeOfType<ParseResult.Parsed>().Command;
        command.Errors.ShouldHaveSingleItem().ShouldBe(
            new("/caseReference", "Published with routing key 3; case 130 belongs to slot 2 (case reference mod 64)."));
    }

    [Fact]
    public void A_command_in_its_own_slot_is_valid() =>
        ParsedCommands.Read(ParsedCommands.Json(("caseReference", "\"130\"")), slot: 2).ShouldBeOfType<ParseResult.Parsed>().Command.Errors.ShouldBeEmpty();

    [Fact]
    public void A_command_that_breaks_a_limit_still_tells_who_sent_it()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("body", "{\"a\":1e999}"), ("actor", "\"me\""), ("correlationId", "\"thread-1\"")));
        command.ShouldSatisfyAllConditions(
            c => c.ActionName.ShouldBe("case.create"),
            c => c.Actor.ShouldBe("me"),
            c => c.CorrelationId.ShouldBe("thread-1"),
            c => c.Body.ValueKind.ShouldBe(JsonValueKind.Undefined));
    }

    [Theory]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("12")]
    [InlineData("\"me\",\"actor\":\"you\"")]
    public void What_cannot_be_stored_or_stands_twice_is_not_told(string actor)
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Json(("body", "{\"a\":1e999}"), ("actor", actor)));
        command.Actor.ShouldBeNull();
        command.Errors.Count.ShouldBeGreaterThan(0);
    }

    private static string Note(string body, params (string, string?)[] changes) => ParsedCommands.Json([("action", "\"note.add\""), ("body", body), .. changes]);
}
