using CaseWorker.Cases;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

public sealed class OutcomeIdTests
{
    private static readonly Guid Id = new(ParsedCommands.Id);

    [Fact]
    public void The_outcome_id_of_a_command_never_changes() =>
        OutcomeComposer.OutcomeIdOf(Id).ShouldBe(new Guid("f72e5b0f-96d6-8282-9297-cce17cf501c5"));

    [Fact]
    public void An_outcome_id_is_a_UUID_of_version_8()
    {
        OutcomeComposer.OutcomeIdOf(Id).Version.ShouldBe(8);
        OutcomeComposer.OutcomeIdOf(Id).Variant.ShouldBeInRange(8, 11);
    }

    [Fact]
    public void Every_recorded_outcome_of_a_command_has_the_same_id_at_any_time()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Json());
        var state = new CaseState(42, CaseBlob.Of("{}"), 1, 1);
        Guid[] ids =
        [
            OutcomeComposer.Accepted(command, new Decision.Accepted(state, Changed: true, Row: null), 1, DateTimeOffset.UnixEpoch).OutcomeId,
            OutcomeComposer.Conflicted(command, new Decision.Conflicted("nonce", 1, 1, null), null, DateTimeOffset.MaxValue).OutcomeId,
            OutcomeComposer.Rejected(command, new Decision.Rejected(404, "case-not-found", [], null, IsRecorded: true), DateTimeOffset.MinValue).OutcomeId,
        ];
        ids.Distinct().ShouldHaveSingleItem().ShouldBe(OutcomeComposer.OutcomeIdOf(Id));
    }

    [Fact]
    public void A_rejection_that_is_not_recorded_has_an_id_of_its_own_that_is_stable_too()
    {
        var reused = Unrecorded(ParsedCommands.Json(("body", "{\"a\":1}")));
        reused.ShouldNotBe(OutcomeComposer.OutcomeIdOf(Id));
        Unrecorded(ParsedCommands.Json(("body", "{\"a\":1.0}"))).ShouldBe(reused);
        Unrecorded(ParsedCommands.Json(("body", "{\"a\":2}"))).ShouldNotBe(reused);
    }

    [Fact]
    public void An_accepted_command_and_its_event_give_the_same_outcome()
    {
        var command = ParsedCommands.Valid(ParsedCommands.Json(("actor", "\"me\""), ("correlationId", "\"thread\"")));
        var decided = OutcomeComposer.Accepted(
            command, new Decision.Accepted(new CaseState(42, CaseBlob.Of("{}"), 3, 7), Changed: true, Row: null), 99, DateTimeOffset.UnixEpoch);
        OutcomeComposer.Accepted(Id, 42, "case.create", "thread", "me", 7, 99, 3, changed: true, DateTimeOffset.UnixEpoch).ShouldBe(decided);
    }

    private static Guid Unrecorded(string json) => OutcomeComposer.Rejected(
        ParsedCommands.Valid(json), new Decision.Rejected(422, RejectionReasons.CommandIdReused, [], null, IsRecorded: false), DateTimeOffset.UnixEpoch).OutcomeId;
}
