using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

/// <summary>The decision table, row by row, and which row wins where two match.</summary>
public sealed class DeciderTests
{
    private static readonly LastEvent Last = new(7, "note.add", "Zoë", DateTimeOffset.UnixEpoch);
    private static readonly CaseState Case = new(42, CaseBlob.Of("{\"a\": 1.0}"), Version: 3, Nonce: 7, Last);

    [Fact]
    public void An_invalid_command_is_rejected_with_its_errors()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.Replace(("body", "[]")));
        Decider.Decide(Case, command, null).ShouldBe(new Decision.Rejected(400, "invalid", command.Errors, Case, IsRecorded: true));
    }

    [Fact]
    public void An_invalid_command_of_a_missing_case_is_invalid_not_missing() =>
        Rejected(null, ParsedCommands.Replace(("body", "[]"))).Status.ShouldBe(400);

    [Fact]
    public void An_invalid_create_of_an_existing_case_is_invalid_not_a_conflict() => Rejected(Case, ParsedCommands.WithBody("[]")).Status.ShouldBe(400);

    [Fact]
    public void A_repeat_is_answered_with_the_original_outcome_even_if_the_case_has_moved_on()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Replace(("proposedVersion", "2")));
        Decider.Decide(Case, command, command.Digest).ShouldBeOfType<Decision.Repeated>();
        Decider.Decide(null, command, command.Digest).ShouldBeOfType<Decision.Repeated>();
    }

    [Fact]
    public void An_invalid_repeat_is_a_repeat()
    {
        var command = ParsedCommands.Parsed(ParsedCommands.WithBody("{\"a\":1,\"a\":2}"));
        Decider.Decide(Case, command, command.Digest).ShouldBeOfType<Decision.Repeated>();
    }

    [Theory]
    [InlineData("case.replace", "{\"a\":2}", "4")]
    [InlineData("case.replace", "{\"a\":2}", "9")]
    [InlineData("case.create", "{}", "1")]
    public void A_reused_id_is_refused_before_any_look_at_the_case_and_not_recorded(string action, string body, string version)
    {
        var command = ParsedCommands.Valid(ParsedCommands.Replace(("action", $"\"{action}\""), ("body", body), ("proposedVersion", version)));
        foreach (var state in new[] { Case, null })
        {
            var rejected = Decider.Decide(state, command, new byte[32]).ShouldBeOfType<Decision.Rejected>();
            rejected.ShouldSatisfyAllConditions(
                r => r.Status.ShouldBe(422),
                r => r.Reason.ShouldBe("command-id-reused"),
                r => r.IsRecorded.ShouldBeFalse(),
                r => r.Current.ShouldBe(state),
                r => r.Errors.ShouldHaveSingleItem().Path.ShouldBe("/commandId"));
        }
    }

    [Fact]
    public void An_invalid_command_under_a_reused_id_is_invalid_and_not_recorded()
    {
        var rejected = Decider.Decide(Case, ParsedCommands.Parsed(ParsedCommands.WithBody("[]")), new byte[32]).ShouldBeOfType<Decision.Rejected>();
        rejected.Status.ShouldBe(400);
        rejected.IsRecorded.ShouldBeFalse();
    }

    [Fact]
    public void A_create_of_an_existing_case_conflicts() => Conflicted(Case, ParsedCommands.Json()).ShouldBe(new Decision.Conflicted("case-exists", 3, 7, Last));

    [Theory]
    [InlineData("1", "1")]
    [InlineData("4", "8")]
    [InlineData("9", "9")]
    public void A_create_of_an_existing_case_conflicts_because_it_exists_whatever_it_proposes(string version, string nonce) =>
        Conflicted(Case, ParsedCommands.Json(("proposedVersion", version), ("proposedNonce", nonce))).Reason.ShouldBe("case-exists");

    [Theory]
    [InlineData(null, null)]
    [InlineData("1", null)]
    [InlineData(null, "1")]
    [InlineData("1", "1")]
    public void A_create_of_a_missing_case_is_accepted_with_or_without_proposing_one(string? version, string? nonce)
    {
        var accepted = Accepted(null, ParsedCommands.Json(("body", "{\"a\":1}"), ("proposedVersion", version), ("proposedNonce", nonce)));
        accepted.ShouldSatisfyAllConditions(
            a => a.Changed.ShouldBeTrue(),
            a => a.Row.ShouldBeNull(),
            a => a.After.Reference.ShouldBe(42),
            a => a.After.Version.ShouldBe(1),
            a => a.After.Nonce.ShouldBe(1),
            a => a.After.Blob.Text.ShouldBe("{\"a\":1}"));
    }

    [Theory]
    [InlineData("2", null, "version")]
    [InlineData(null, "2", "nonce")]
    [InlineData("2", "1", "version")]
    [InlineData("1", "2", "nonce")]
    [InlineData("2", "2", "nonce")]
    public void A_create_of_a_missing_case_that_proposes_more_than_one_conflicts(string? version, string? nonce, string reason) =>
        Conflicted(null, ParsedCommands.Json(("proposedVersion", version), ("proposedNonce", nonce))).ShouldBe(new Decision.Conflicted(reason, 0, 0, null));

    [Theory]
    [InlineData("case.replace")]
    [InlineData("case.merge")]
    [InlineData("note.add")]
    public void Any_other_action_on_a_missing_case_is_not_found_whatever_it_proposes(string action)
    {
        foreach (var nonce in new[] { "1", "9" })
        {
            Rejected(null, ParsedCommands.Json(("action", $"\"{action}\""), ("body", "{\"body\":\"x\"}"), ("proposedNonce", nonce))).ShouldSatisfyAllConditions(
                r => r.Status.ShouldBe(404),
                r => r.Reason.ShouldBe("case-not-found"),
                r => r.IsRecorded.ShouldBeTrue(),
                r => r.Current.ShouldBeNull(),
                r => r.Errors.ShouldHaveSingleItem().ShouldBe(new FieldError("/caseReference", "Case 42 does not exist; create it with case.create.")));
        }
    }

    [Theory]
    [InlineData("7")]
    [InlineData("9")]
    [InlineData("1")]
    public void A_stale_nonce_conflicts_and_names_the_last_event(string nonce)
    {
        var expected = new Decision.Conflicted("nonce", 3, 7, Last);
        Conflicted(Case, ParsedCommands.Replace(("proposedVersion", null), ("proposedNonce", nonce))).ShouldBe(expected);
        Conflicted(Case, ParsedCommands.Json(("action", "\"note.add\""), ("body", "{\"body\":\"x\"}"), ("proposedNonce", nonce))).ShouldBe(expected);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("5")]
    [InlineData("8")]
    [InlineData("9223372036854775807")]
    public void A_stale_version_conflicts_and_names_the_last_event(string version) =>
        Conflicted(Case, ParsedCommands.Replace(("proposedVersion", version))).ShouldBe(new Decision.Conflicted("version", 3, 7, Last));

    [Fact]
    public void A_right_version_with_a_wrong_nonce_conflicts_on_the_nonce() =>
        Conflicted(Case, ParsedCommands.Replace(("proposedVersion", "4"), ("proposedNonce", "7"))).Reason.ShouldBe("nonce");

    [Fact]
    public void A_right_nonce_with_a_wrong_version_conflicts_on_the_version() =>
        Conflicted(Case, ParsedCommands.Replace(("proposedVersion", "3"), ("proposedNonce", "8"))).Reason.ShouldBe("version");

    [Fact]
    public void Where_both_are_wrong_the_nonce_is_named() =>
        Conflicted(Case, ParsedCommands.Replace(("proposedVersion", "3"), ("proposedNonce", "7"))).Reason.ShouldBe("nonce");

    [Fact]
    public void A_conflict_wins_over_a_refusal_by_the_action() =>
        Decider.Decide(Case, Refusing() with { ProposedVersion = 3 }, null).ShouldBeOfType<Decision.Conflicted>();

    [Fact]
    public void An_action_that_refuses_is_rejected_with_its_reason()
    {
        var rejected = Decider.Decide(Case, Refusing() with { ProposedVersion = 4 }, null).ShouldBeOfType<Decision.Rejected>();
        rejected.ShouldSatisfyAllConditions(
            r => r.Status.ShouldBe(422),
            r => r.Reason.ShouldBe("case-closed"),
            r => r.IsRecorded.ShouldBeTrue(),
            r => r.Current.ShouldBe(Case),
            r => r.Errors.ShouldHaveSingleItem().Path.ShouldBe("/body"));
    }

    [Fact]
    public void A_merge_that_would_make_the_blob_too_large_is_refused()
    {
        var half = new string('x', JsonLimits.MaxBytes * 2 / 3);
        var full = Case with { Blob = CaseBlob.Of($"{{\"a\":\"{half}\"}}") };
        var rejected = Decider.Decide(full, ParsedCommands.Valid(Merge($"{{\"b\":\"{half}\"}}")), null).ShouldBeOfType<Decision.Rejected>();
        rejected.Status.ShouldBe(422);
        rejected.Reason.ShouldBe("blob-too-large");
        Decider.Decide(full, ParsedCommands.Valid(Merge($"{{\"a\":\"{half}\"}}")), null).ShouldBeOfType<Decision.Accepted>();
    }

    [Theory]
    [InlineData("4", null)]
    [InlineData(null, "8")]
    [InlineData("4", "8")]
    public void A_replace_with_fitting_proposals_is_accepted(string? version, string? nonce)
    {
        var accepted = Accepted(Case, ParsedCommands.Replace(("body", "{\"b\":2}"), ("proposedVersion", version), ("proposedNonce", nonce)));
        accepted.ShouldSatisfyAllConditions(
            a => a.Changed.ShouldBeTrue(),
            a => a.After.Version.ShouldBe(4),
            a => a.After.Nonce.ShouldBe(8),
            a => a.After.Blob.Text.ShouldBe("{\"b\":2}"));
    }

    [Fact]
    public void A_note_takes_a_nonce_and_leaves_version_and_blob()
    {
        var accepted = Accepted(Case, ParsedCommands.Json(("action", "\"note.add\""), ("body", "{\"body\":\"hello\"}"), ("actor", "\"me\"")));
        accepted.ShouldSatisfyAllConditions(
            a => a.Changed.ShouldBeFalse(),
            a => a.After.Version.ShouldBe(3),
            a => a.After.Nonce.ShouldBe(8),
            a => a.After.Blob.ShouldBeSameAs(Case.Blob),
            a => a.Row.ShouldBe(new NewNote(42, 8, "hello", "me")));
    }

    [Theory]
    [InlineData("{\"a\": 1.0}", "{\"a\":1}")]
    [InlineData("{\"a\": 1.0}", "{ \"a\" : 1e0 }")]
    [InlineData("{\"a\":1,\"b\":[true,{}]}", "{\"b\":[true,{}],\"a\":10e-1}")]
    [InlineData("{\"a\":\"é/\"}", "{\"\\u0061\":\"\\u00E9\\/\"}")]
    [InlineData("{\"a\":0}", "{\"a\":-0.0}")]
    [InlineData("{\"a\":0}", "{\"a\":0e308}")]
    [InlineData("{\"a\":100000000000000000000000000000000000000000}", "{\"a\":1e41}")]
    public void A_write_that_changes_nothing_keeps_the_version_and_the_stored_spelling(string stored, string written)
    {
        var state = Case with { Blob = CaseBlob.Of(stored) };
        foreach (var json in new[] { ParsedCommands.Replace(("body", written), ("proposedVersion", "4")), Merge(written) })
        {
            Accepted(state, json).ShouldSatisfyAllConditions(
                a => a.Changed.ShouldBeFalse(),
                a => a.After.Version.ShouldBe(3),
                a => a.After.Nonce.ShouldBe(8),
                a => a.After.Blob.Text.ShouldBe(stored));
        }
    }

    [Theory]
    [InlineData("{\"a\":[1,2]}", "{\"a\":[2,1]}")]
    [InlineData("{\"a\":1}", "{\"a\":\"1\"}")]
    [InlineData("{\"a\":null}", "{}")]
    [InlineData("{}", "{\"a\":null}")]
    [InlineData("{\"a\":1}", "{\"A\":1}")]
    [InlineData("{\"a\":0.1}", "{\"a\":0.1000000000000000055511151231257827021181583404541015625}")]
    [InlineData("{\"a\":9007199254740992}", "{\"a\":9007199254740993}")]
    [InlineData("{\"a\":\"e\\u0301\"}", "{\"a\":\"é\"}")]
    [InlineData("{\"a\":[]}", "{\"a\":{}}")]
    public void A_write_that_changes_a_value_moves_the_version(string stored, string written)
    {
        var accepted = Accepted(Case with { Blob = CaseBlob.Of(stored) }, ParsedCommands.Replace(("body", written), ("proposedVersion", "4")));
        accepted.Changed.ShouldBeTrue();
        accepted.After.Version.ShouldBe(4);
        accepted.After.Blob.Text.ShouldBe(written);
    }

    [Fact]
    public void A_decision_leaves_what_it_was_given()
    {
        var before = Case with { };
        Accepted(Case, Merge("{\"b\":2}"));
        Case.ShouldBe(before);
        Case.Blob.Text.ShouldBe("{\"a\": 1.0}");
    }

    private static string Merge(string patch) => ParsedCommands.Replace(("action", "\"case.merge\""), ("body", patch), ("proposedVersion", "4"));

    private static Decision.Accepted Accepted(CaseState? state, string json) => Decider.Decide(state, ParsedCommands.Valid(json), null).ShouldBeOfType<Decision.Accepted>();

    private static Decision.Conflicted Conflicted(CaseState? state, string json) => Decider.Decide(state, ParsedCommands.Valid(json), null).ShouldBeOfType<Decision.Conflicted>();

    private static Decision.Rejected Rejected(CaseState? state, string json) => Decider.Decide(state, ParsedCommands.Parsed(json), null).ShouldBeOfType<Decision.Rejected>();

    private static Command Refusing() => new()
    {
        Id = new Guid(ParsedCommands.Id),
        CaseReference = 42,
        ActionName = "case.reopen",
        Action = new Refusal(),
        Body = JsonElement.Parse("{}"),
        Digest = [1],
    };

    private sealed class Refusal : IBuiltInAction
    {
        public string Name => "case.reopen";

        public void Validate(Command command, List<FieldError> errors) => throw new NotSupportedException("A decision does not validate again.");

        public ActionResult Apply(CaseState? before, Command command) => new ActionResult.Refused("case-closed", new FieldError("/body", "The case is closed."));
    }
}
