using CaseWorker.CommandLine.Publishing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class OutcomeTallyTests
{
    private static readonly Guid Id = Guid.NewGuid();
    private readonly OutcomeTally tally = new();

    [Fact]
    public void Outcomes_are_counted_by_kind_and_reason()
    {
        Answer("accepted", "case.merge", changed: true);
        Answer("accepted", "case.merge", changed: false);
        Answer("accepted", "note.add", changed: false);
        Answer("conflicted", "case.merge", reason: "version");
        Answer("conflicted", "case.create", reason: "case-exists");
        Answer("conflicted", "case.merge", reason: "version");
        Answer("rejected", "case.merge", reason: "invalid");

        var sum = Sum();
        (sum.Published, sum.Accepted, sum.Unchanged, sum.Notes, sum.Missing).ShouldBe((7, 3, 1, 1, 0));
        sum.Conflicted.ShouldBe(new Dictionary<string, long> { ["case-exists"] = 1, ["version"] = 2 });
        sum.Rejected.ShouldBe(new Dictionary<string, long> { ["invalid"] = 1 });
    }

    [Fact]
    public void Commands_of_own_actions_are_counted_by_action_and_not_as_unchanged()
    {
        Answer("accepted", "reminder.set", changed: false);
        Answer("accepted", "reminder.set", changed: true);
        Answer("accepted", "case.create", changed: true);

        var sum = Sum();
        (sum.Accepted, sum.Changed, sum.Unchanged).ShouldBe((3, 1, 0));
        sum.OwnActions.ShouldBe(new Dictionary<string, long> { ["reminder.set"] = 2 });
    }

    [Fact]
    public void Refusals_have_a_line_each_up_to_20_and_the_rest_is_counted()
    {
        var refusals = Enumerable.Range(1, 23).Select(number => new Refusal(Guid.NewGuid(), $"{number}", "rejected", "invalid", [new("/action", "No such action.\u001B[2J")])).ToList();
        foreach (var refusal in refusals)
        {
            tally.Expect(refusal.CommandId);
            tally.Answer(new OutcomeDelivery(refusal.CommandId, Guid.NewGuid(), "rejected", "case.merg", Changed: false, "invalid") { Refusal = refusal });
        }

        var lines = PublishReport.RefusalLines(Sum()).ToList();
        lines.Count.ShouldBe(21);
        lines[0].ShouldBe($"rejected: command {refusals[0].CommandId}, case 1: /action: No such action.\uFFFD[2J");
        lines[^1].ShouldStartWith("… and 3 more. --outcomes");
    }

    [Fact]
    public void Nothing_refused_has_no_lines()
    {
        Answer("accepted", "case.merge", changed: true);
        PublishReport.RefusalLines(Sum()).ShouldBeEmpty();
    }

    [Fact]
    public void It_is_complete_when_nothing_more_is_published_and_everything_is_answered()
    {
        tally.Expect(Id);
        tally.Answer(Accepted(Id, Guid.NewGuid()));
        tally.Complete.IsCompleted.ShouldBeFalse("more may be published");
        tally.Close();
        tally.Complete.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void The_last_answer_completes_it()
    {
        tally.Expect(Id);
        tally.Close();
        tally.Complete.IsCompleted.ShouldBeFalse();
        tally.Answer(Accepted(Id, Guid.NewGuid()));
        tally.Complete.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void A_command_published_twice_is_answered_twice_with_one_outcome()
    {
        var outcome = Guid.NewGuid();
        tally.Expect(Id);
        tally.Expect(Id);
        tally.Answer(Accepted(Id, outcome));
        Sum().Missing.ShouldBe(1);
        tally.Answer(Accepted(Id, outcome));
        var sum = Sum();
        (sum.Accepted, sum.Duplicates, sum.Missing).ShouldBe((1, 1, 0));
    }

    [Fact]
    public void A_redelivery_counts_nothing()
    {
        var outcome = Guid.NewGuid();
        tally.Expect(Id);
        tally.Answer(Accepted(Id, outcome)).ShouldBeTrue();
        tally.Answer(Accepted(Id, outcome)).ShouldBeFalse();
        var sum = Sum();
        (sum.Accepted, sum.Duplicates).ShouldBe((1, 0));
        tally.Answered.ShouldBe(1);
    }

    [Fact]
    public void Outcomes_of_other_publishers_count_nothing()
    {
        tally.Answer(Accepted(Guid.NewGuid(), Guid.NewGuid()));
        Sum().Accepted.ShouldBe(0);
    }

    [Fact]
    public void A_parked_command_is_still_missing_until_its_final_outcome_comes()
    {
        tally.Expect(Id);
        tally.Answer(new OutcomeDelivery(Id, Guid.NewGuid(), "parked", "note.add", Changed: false, "TimeoutException"));
        var parked = Sum();
        (parked.Parked, parked.Missing).ShouldBe((1, 1));
        parked.MissingIds.ShouldBe([Id]);

        tally.Answer(Accepted(Id, Guid.NewGuid()));
        var sum = Sum();
        (sum.Parked, sum.Missing, sum.Accepted).ShouldBe((0, 0, 1));
    }

    [Fact]
    public void The_report_of_missing_outcomes_names_three_of_them_and_counts_the_parked()
    {
        foreach (var _ in Enumerable.Range(0, 7))
        {
            tally.Expect(Guid.NewGuid());
        }

        var sum = Sum();
        sum.MissingIds.Count.ShouldBe(5);
        var report = PublishReport.Missing(sum with { Parked = 2 }, "Gave up.");
        report.ShouldStartWith("Gave up. 7 commands ");
        sum.MissingIds.Count(id => report.Contains(id.ToString(), StringComparison.Ordinal)).ShouldBe(3);
        report.ShouldContain("\n2 of them ");
        PublishReport.Missing(sum, "Gave up.").ShouldNotContain(" of them ");
    }

    private static OutcomeDelivery Accepted(Guid command, Guid outcome) => new(command, outcome, "accepted", "case.merge", Changed: true, "");

    private void Answer(string outcome, string action, bool changed = false, string reason = "")
    {
        var command = Guid.NewGuid();
        tally.Expect(command);
        tally.Answer(new OutcomeDelivery(command, Guid.NewGuid(), outcome, action, changed, reason));
    }

    private OutcomeSummary Sum() => tally.Sum(skipped: 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
}
