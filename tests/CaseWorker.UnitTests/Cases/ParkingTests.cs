using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using CaseWorker.Resilience;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

/// <summary>Commands of a case that waits, and the command that it waits for.</summary>
public sealed class ParkingTests
{
    private const long Reference = 42;
    private static readonly Guid Head = Guid.NewGuid();
    private static readonly CaseState Case = new(Reference, CaseBlob.Of("{}"), Version: 1, Nonce: 1);
    private static readonly ParkedQueue Queue = new(Reference, Head, "TimeoutException", Length: 2);

    [Fact]
    public void The_order_of_the_rows_repeat_invalid_reuse_parked_conflict()
    {
        var stale = ParsedCommands.Valid(ParsedCommands.Replace(("proposedVersion", "9")));
        Decider.Decide(Case, stale, stale.Digest, ParkStatus.CaseIsParked, BuiltInExecutor.Instance).ShouldBeOfType<Decision.Repeated>();
        Decider.Decide(Case, ParsedCommands.Parsed(ParsedCommands.Replace(("body", "[]"))), null, ParkStatus.CaseIsParked, BuiltInExecutor.Instance).ShouldBeOfType<Decision.Rejected>().Status.ShouldBe(400);
        Decider.Decide(Case, stale, [1], ParkStatus.CaseIsParked, BuiltInExecutor.Instance).ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("command-id-reused");
        Decider.Decide(Case, stale, null, ParkStatus.CaseIsParked, BuiltInExecutor.Instance).ShouldBe(new Decision.Parked(HasFailed: false));
        Decider.Decide(Case, stale, null, ParkStatus.HasFailed, BuiltInExecutor.Instance).ShouldBeOfType<Decision.Conflicted>();
    }

    [Fact]
    public void Commands_of_a_parked_case_queue_behind_each_other()
    {
        var batch = NewState([Queue]);
        Place(batch.Decide(Note(), failure: null)).ShouldBe(new ParkedPosition(Head, "TimeoutException", 3, DeadLetter: null));
        Place(batch.Decide(Note(), failure: null)).Position.ShouldBe(4);
        batch.Find(Reference)!.Nonce.ShouldBe(1);
        batch.Accepted.ShouldBeEmpty();
    }

    [Fact]
    public void The_first_failure_parks_its_case_from_then_on()
    {
        var batch = NewState();
        var (before, failing, behind) = (Note(), Note(), Note());
        batch.Decide(before, failure: null).Decision.ShouldBeOfType<Decision.Accepted>();
        Place(batch.Decide(failing, "FormatException")).ShouldBe(new ParkedPosition(failing.Id, "FormatException", 1, DeadLetter: null));
        Place(batch.Decide(behind, failure: null)).ShouldBe(new ParkedPosition(failing.Id, "FormatException", 2, DeadLetter: null));
    }

    [Fact]
    public void A_failure_whose_action_does_not_park_blocks_no_case()
    {
        var batch = NewState();
        var failing = Note() with { Action = new Skipping() };
        Place(batch.Decide(failing, "FormatException")).Position.ShouldBe(0);
        batch.Decide(Note(), failure: null).Decision.ShouldBeOfType<Decision.Accepted>();
    }

    [Fact]
    public void A_redelivered_parked_command_keeps_its_place_and_changed_content_is_refused()
    {
        var held = Note();
        var deadLetter = new ParkedDeadLetter(17, held.Id, held.Digest, DeadLetterStates.Open, Position: 2, DateTimeOffset.UnixEpoch);
        var batch = NewState([Queue], [deadLetter]);
        Place(batch.Decide(held, failure: null)).ShouldBe(new ParkedPosition(Head, "TimeoutException", 2, deadLetter));
        batch.Decide(held with { Digest = [1] }, failure: null).Decision.ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("command-id-reused");
    }

    /// <summary>A reused id does not take the place of the dead letter's fingerprint in the same batch.</summary>
    [Fact]
    public void A_parked_command_is_recognised_after_another_command_came_under_its_id()
    {
        var held = Note();
        var deadLetter = new ParkedDeadLetter(17, held.Id, held.Digest, DeadLetterStates.Open, Position: 2, DateTimeOffset.UnixEpoch);
        var batch = NewState([Queue], [deadLetter]);
        batch.Decide(held with { Digest = [1] }, failure: null).Decision.ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("command-id-reused");
        Place(batch.Decide(held, failure: null)).ShouldBe(new ParkedPosition(Head, "TimeoutException", 2, deadLetter));
    }

    [Theory]
    [InlineData(DeadLetterStates.Discarded)]
    [InlineData(DeadLetterStates.Skipped)]
    public void What_was_set_aside_has_no_effect_when_it_comes_again(string state)
    {
        var command = Note();
        var batch = NewState(deadLetters: [new ParkedDeadLetter(17, command.Id, command.Digest, state, Position: 0, DateTimeOffset.UnixEpoch)]);
        Place(batch.Decide(command, failure: null)).Reason.ShouldBe(state);
        batch.Decide(Note(), failure: null).Decision.ShouldBeOfType<Decision.Accepted>();
    }

    [Fact]
    public void A_replay_is_not_held_by_its_own_parked_queue()
    {
        var held = Note();
        var batch = NewState([Queue], [new ParkedDeadLetter(17, held.Id, held.Digest, DeadLetterStates.Open, Position: 1, DateTimeOffset.UnixEpoch)]);
        batch.Replay(held).Decision.ShouldBeOfType<Decision.Accepted>().After.Nonce.ShouldBe(2);
    }

    [Fact]
    public void The_limits_say_which_case_and_what_to_do()
    {
        var batch = NewState([Queue]);
        batch.Decide(Note(), failure: null);
        ParkingLimits.Check(batch.Decided, openDeadLetters: 3, new CaseWorkerOptions { ParkedPerCase = 3, DeadLetterLimit = 3 });
        Should.Throw<ParkingFullException>(() => ParkingLimits.Check(batch.Decided, openDeadLetters: 3, new CaseWorkerOptions { ParkedPerCase = 2 })).Message.ShouldContain("Case 42 has 2 commands waiting");
        Should.Throw<ParkingFullException>(() => ParkingLimits.Check(batch.Decided, openDeadLetters: 4, new CaseWorkerOptions { DeadLetterLimit = 3 })).Message.ShouldContain("3 dead letters are open");
    }

    private static BatchState NewState(IReadOnlyCollection<ParkedQueue>? queues = null, IReadOnlyCollection<ParkedDeadLetter>? deadLetters = null) => new(
        new StoredBatch { RecordedAt = DateTimeOffset.UnixEpoch, Cases = [Case], ParkedQueues = queues ?? [], DeadLetters = deadLetters ?? [] },
        BuiltInExecutor.Instance);

    private static Command Note() => ParsedCommands.Valid(ParsedCommands.Json(("commandId", $"\"{Guid.NewGuid()}\""), ("action", "\"note.add\""), ("body", "{\"body\":\"x\"}")));

    private static ParkedPosition Place(DecidedCommand decided) => decided.Decision.ShouldBeOfType<Decision.Parked>().Place;

    private sealed class Skipping : IBuiltInAction
    {
        public string Name => "note.add";

        public bool ParksCase => false;

        public void Validate(Command command, List<CaseWorker.Contracts.FieldError> errors)
        {
        }

        public ActionResult Apply(CaseState? before, Command command) => throw new NotSupportedException();
    }
}
