using System.Text.Json.Nodes;
using CaseWorker.Actions;
using CaseWorker.Contracts;
using CaseWorker.Testing;
using Microsoft.EntityFrameworkCore;
using Reminders;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Testing;

/// <summary>The fixture decides as the worker does.</summary>
public sealed class CaseActionFixtureTests : IDisposable
{
    private readonly CaseActionFixture cases = new CaseActionFixture()
        .AddTables<RemindersDbContext>()
        .AddAction<SetReminder>()
        .AddAction<PostponeReminder>()
        .AddAction(new Rename())
        .AddAction<Fail>()
        .GivenCase(1, """{"name": "Ada"}""");

    [Fact]
    public async Task A_command_that_comes_again_gets_the_same_outcome_and_no_second_row()
    {
        var command = Set("call back");
        var first = await cases.WhenAsync(command);
        var second = await cases.WhenAsync(command);

        second.ShouldBe(first);
        Reminders().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Another_command_under_a_used_id_is_rejected()
    {
        var command = Set("call back");
        await cases.WhenAsync(command);

        var outcome = await cases.WhenAsync(Set("write") with { CommandId = command.CommandId });

        outcome.ShouldBeOfType<CaseRejected>().Reason.ShouldBe(RejectionReasons.CommandIdReused);
    }

    [Fact]
    public async Task Each_command_of_a_batch_sees_what_the_one_before_it_did()
    {
        var outcomes = await cases.WhenAsync([Set("call back"), Postpone(nonce: 2), Set("write"), Postpone(nonce: 9)]);

        outcomes.Select(outcome => outcome.Outcome).ShouldBe(["accepted", "accepted", "accepted", "rejected"]);
        outcomes.OfType<CaseAccepted>().Select(accepted => (accepted.Nonce, accepted.GlobalNonce)).ShouldBe([(2, 2), (3, 3), (4, 4)]);
        Reminders().Select(row => row.Nonce).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Given_rows_are_loaded_by_the_action()
    {
        cases.GivenRows<RemindersDbContext>(new Reminder { CaseReference = 1, Nonce = 5, DueOn = new DateOnly(2199, 1, 1), Text = "call back" });

        (await cases.WhenAsync(Postpone(nonce: 5))).ShouldBeOfType<CaseAccepted>();

        Reminders().Single().Nonce.ShouldBe(2);
    }

    [Fact]
    public async Task An_action_changes_the_JSON_under_a_proposal_and_a_stale_one_conflicts()
    {
        var renamed = await cases.WhenAsync(Command("case.rename", new { name = "Grace" }) with { ProposedVersion = 2 });
        var stale = await cases.WhenAsync(Command("case.rename", new { name = "Joan" }) with { ProposedVersion = 2 });

        renamed.ShouldBeOfType<CaseAccepted>().Version.ShouldBe(2);
        var conflict = stale.ShouldBeOfType<CaseConflicted>();
        conflict.CurrentVersion.ShouldBe(2);
        conflict.LastEvent.ShouldNotBeNull().Action.ShouldBe("case.rename");
        cases.FindBlob(1).ShouldNotBeNull().GetProperty("name").GetString().ShouldBe("Grace");
    }

    [Fact]
    public async Task A_command_for_a_case_that_does_not_exist_is_rejected()
    {
        (await cases.WhenAsync(CaseActionFixture.Command("reminder.set", 2, new { dueOn = "2199-01-31", text = "x" }))).Status.ShouldBe(404);
        cases.FindBlob(2).ShouldBeNull();
    }

    [Fact]
    public async Task A_failing_action_fails_the_test_and_changes_nothing()
    {
        (await Should.ThrowAsync<Exception>(() => cases.WhenAsync([Set("call back"), Command("test.fail", new { name = "x" })]))).Message.ShouldContain("out of order");

        Reminders().ShouldBeEmpty();
        (await cases.WhenAsync(Set("write"))).ShouldBeOfType<CaseAccepted>().Nonce.ShouldBe(2);
    }

    [Fact]
    public void A_case_that_cannot_be_created_is_named() =>
        Should.Throw<ArgumentException>(() => cases.GivenCase(1, "{}")).Message.ShouldContain("case-exists");

    public void Dispose() => cases.Dispose();

    private static CaseCommand Command(string action, object body) => CaseActionFixture.Command(action, 1, body);

    private static CaseCommand Set(string text) => Command("reminder.set", new { dueOn = "2199-01-31", text });

    private static CaseCommand Postpone(long nonce) => Command("reminder.postpone", new { nonce });

    private List<Reminder> Reminders()
    {
        using var db = cases.Open<RemindersDbContext>();
        return [.. db.Set<Reminder>().OrderBy(row => row.Nonce)];
    }

    public sealed record PostponeBody(long Nonce);

    public sealed record RenameBody(string Name);

    /// <summary>Moves a reminder to a later day, as another row.</summary>
    private sealed class PostponeReminder : CaseAction<PostponeBody, RemindersDbContext>
    {
        public override string Name => "reminder.postpone";

        public override Task LoadAsync(RemindersDbContext db, IReadOnlyList<CaseRequest<PostponeBody>> requests)
        {
            var nonces = requests.Select(request => request.Body.Nonce).ToArray();
            return db.Set<Reminder>().Where(row => nonces.Contains(row.Nonce)).LoadAsync();
        }

        public override CaseAnswer Handle(RemindersDbContext db, LockedCase current, CaseRequest<PostponeBody> request) =>
            db.Set<Reminder>().Local.FindEntryUntyped([current.Reference, request.Body.Nonce])?.Entity is not { } reminder
                ? CaseAnswer.Refuse("unknown-reminder", "The case has no such reminder.", "/body/nonce")
                : CaseAnswer.Accept(() =>
                {
                    db.Remove(reminder);
                    db.Add(new Reminder { CaseReference = reminder.CaseReference, Nonce = current.NextNonce, DueOn = reminder.DueOn.AddDays(7), Text = reminder.Text });
                });
    }

    private sealed class Rename : CaseAction<RenameBody>
    {
        public override string Name => "case.rename";

        public override bool TouchesBlob => true;

        public override CaseAnswer Handle(LockedCase current, CaseRequest<RenameBody> request)
        {
            var blob = current.CopyBlob();
            blob["name"] = JsonValue.Create(request.Body.Name);
            return CaseAnswer.Accept(blob);
        }
    }

    private sealed class Fail : CaseAction<RenameBody>
    {
        public override string Name => "test.fail";

        public override CaseAnswer Handle(LockedCase current, CaseRequest<RenameBody> request) => throw new InvalidOperationException("out of order");
    }
}
