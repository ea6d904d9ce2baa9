using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Persistence;
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
    private static readonly ParkedQueue Line = new(Reference, Head, "TimeoutException", Length: 2);

    [Fact]
    public void The_order_of_the_rows_repeat_invalid_reuse_parked_conflict()
    {
        var stale = Wire.Valid(Wire.Replace(("proposedVersion", "9")));
        Decider.Decide(Case, stale, stale.Digest, ParkStatus.CaseIsParked).ShouldBeOfType<Decision.Repeated>();
        Decider.Decide(Case, Wire.Parsed(Wire.Replace(("body", "[]"))), null, ParkStatus.CaseIsParked).ShouldBeOfType<Decision.Rejected>().Status.ShouldBe(400);
        Decider.Decide(Case, stale, [1], ParkStatus.CaseIsParked).ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("command-id-reused");
        Decider.Decide(Case, stale, null, ParkStatus.CaseIsParked).ShouldBe(new Decision.Parked(HasFailed: false));
        Decider.Decide(Case, stale, null, ParkStatus.HasFailed).ShouldBeOfType<Decision.Conflicted>();
    }

    [Fact]
    public void Commands_of_a_parked_case_stand_in_line_behind_each_other()
    {
        var ledger = NewLedger([Line]);
        Place(ledger.Decide(Note())).ShouldBe(new ParkedPosition(Head, "TimeoutException", 3, Letter: null));
        Place(ledger.Decide(Note())).Position.ShouldBe(4);
        ledger.Find(Reference)!.Nonce.ShouldBe(1);
        ledger.Accepted.ShouldBeEmpty();
        ledger.Refusals.ShouldBeEmpty();
    }

    [Fact]
    public void The_first_failure_parks_its_case_from_then_on()
    {
        var ledger = NewLedger();
        var (before, failing, behind) = (Note(), Note(), Note());
        ledger.Decide(before).Decision.ShouldBeOfType<Decision.Accepted>();
        Place(ledger.Decide(failing, "FormatException")).ShouldBe(new ParkedPosition(failing.Id, "FormatException", 1, Letter: null));
        Place(ledger.Decide(behind)).ShouldBe(new ParkedPosition(failing.Id, "FormatException", 2, Letter: null));
    }

    [Fact]
    public void A_failure_whose_action_does_not_park_stands_in_no_line()
    {
        var ledger = NewLedger();
        var failing = Note() with { Action = new Skipping() };
        Place(ledger.Decide(failing, "FormatException")).Position.ShouldBe(0);
        ledger.Decide(Note()).Decision.ShouldBeOfType<Decision.Accepted>();
    }

    [Fact]
    public void A_letter_that_comes_again_keeps_its_place_and_other_content_under_its_id_is_refused()
    {
        var held = Note();
        var deadLetter = new ParkedDeadLetter(17, held.Id, held.Digest, DeadLetterStates.Open, Position: 2, DateTimeOffset.UnixEpoch);
        var ledger = NewLedger([Line], [deadLetter]);
        Place(ledger.Decide(held)).ShouldBe(new ParkedPosition(Head, "TimeoutException", 2, deadLetter));
        ledger.Decide(held with { Digest = [1] }).Decision.ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("command-id-reused");
    }

    [Theory]
    [InlineData(DeadLetterStates.Discarded)]
    [InlineData(DeadLetterStates.Skipped)]
    public void What_was_set_aside_has_no_effect_when_it_comes_again(string state)
    {
        var command = Note();
        var ledger = NewLedger(deadLetters: [new ParkedDeadLetter(17, command.Id, command.Digest, state, Position: 0, DateTimeOffset.UnixEpoch)]);
        Place(ledger.Decide(command)).Reason.ShouldBe(state);
        ledger.Decide(Note()).Decision.ShouldBeOfType<Decision.Accepted>();
    }

    [Fact]
    public void A_replay_is_not_held_by_its_own_line()
    {
        var held = Note();
        var ledger = NewLedger([Line], [new ParkedDeadLetter(17, held.Id, held.Digest, DeadLetterStates.Open, Position: 1, DateTimeOffset.UnixEpoch)]);
        ledger.Replay(held).Decision.ShouldBeOfType<Decision.Accepted>().After.Nonce.ShouldBe(2);
    }

    [Fact]
    public void The_limits_say_which_case_and_what_to_do()
    {
        var ledger = NewLedger([Line]);
        ledger.Decide(Note());
        ParkingLimits.Check(ledger, openLetters: 3, new CaseWorkerOptions { ParkedPerCase = 3, DeadLetterLimit = 3 });
        Should.Throw<ParkingFullException>(() => ParkingLimits.Check(ledger, openLetters: 3, new CaseWorkerOptions { ParkedPerCase = 2 })).Message.ShouldContain("Case 42 has 2 commands waiting");
        Should.Throw<ParkingFullException>(() => ParkingLimits.Check(ledger, openLetters: 4, new CaseWorkerOptions { DeadLetterLimit = 3 })).Message.ShouldContain("3 dead letters are open");
    }

    private static BatchState NewLedger(IEnumerable<ParkedQueue>? lines = null, IEnumerable<ParkedDeadLetter>? deadLetters = null) =>
        new([Case], [], DateTimeOffset.UnixEpoch, lines, deadLetters);

    private static Command Note() => Wire.Valid(Wire.Json(("commandId", $"\"{Guid.NewGuid()}\""), ("action", "\"note.add\""), ("body", "{\"body\":\"x\"}")));

    private static ParkedPosition Place(DecidedCommand verdict) => verdict.Decision.ShouldBeOfType<Decision.Parked>().Place;

    private sealed class Skipping : ICaseAction
    {
        public string Name => "note.add";

        public bool ParksCase => false;

        public void Validate(Command command, List<CaseWorker.Contracts.FieldError> errors)
        {
        }

        public ActionResult Apply(CaseState? before, Command command) => throw new NotSupportedException();
    }
}
