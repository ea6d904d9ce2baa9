using CaseWorker.Contracts;
using CaseWorker.Testing;
using Reminders;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Testing;

/// <summary>The tests of the sample samples/Reminders, as a team writes them.</summary>
public sealed class SetReminderTests : IDisposable
{
    private readonly CaseActionFixture cases = new CaseActionFixture()
        .AddTables<RemindersDbContext>()
        .AddAction<SetReminder>()
        .GivenCase(77, "{}");

    [Fact]
    public async Task A_reminder_becomes_a_row_that_refers_to_its_event()
    {
        var outcome = await cases.WhenAsync(CaseActionFixture.Command("reminder.set", 77, new { dueOn = "2199-01-31", text = "call back" }));

        outcome.ShouldBeOfType<CaseAccepted>().Nonce.ShouldBe(2);
        using var db = cases.Open<RemindersDbContext>();
        var row = db.Set<Reminder>().Single();
        (row.CaseReference, row.Nonce, row.DueOn, row.Text).ShouldBe((77, 2, new DateOnly(2199, 1, 31), "call back"));
    }

    [Fact]
    public async Task A_reminder_for_today_is_refused_and_leaves_no_row()
    {
        cases.At(new DateTimeOffset(2027, 1, 31, 8, 0, 0, TimeSpan.Zero));

        var outcome = await cases.WhenAsync(CaseActionFixture.Command("reminder.set", 77, new { dueOn = "2027-01-31", text = "call back" }));

        outcome.ShouldBeOfType<CaseRejected>().Reason.ShouldBe("not-in-future");
        using var db = cases.Open<RemindersDbContext>();
        db.Set<Reminder>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reminder_without_text_is_invalid()
    {
        var outcome = await cases.WhenAsync(CaseActionFixture.Command("reminder.set", 77, new { dueOn = "2199-01-31", text = "" }));

        outcome.ShouldBeOfType<CaseRejected>().Errors.ShouldHaveSingleItem().Path.ShouldBe("/body/text");
    }

    public void Dispose() => cases.Dispose();
}
