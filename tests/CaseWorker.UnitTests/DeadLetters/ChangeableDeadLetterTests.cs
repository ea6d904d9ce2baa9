using CaseWorker.DeadLetters;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.DeadLetters;

public sealed class ChangeableDeadLetterTests
{
    [Fact]
    public void Nothing_is_one_empty_part_which_the_audit_still_records() => ChangeableDeadLetter.Split([]).ShouldHaveSingleItem().ShouldBeEmpty();

    [Fact]
    public void Parts_have_bounded_numbers_of_cases_and_lose_nothing()
    {
        var found = Enumerable.Range(0, 1_201).Select(i => new ChangeableDeadLetter(i, i)).ToList();
        var parts = ChangeableDeadLetter.Split(found).ToList();
        parts.Select(part => part.Count).ShouldBe([500, 500, 201]);
        parts.SelectMany(part => part).ShouldBe(found);
    }

    [Fact]
    public void The_dead_letters_of_a_case_stay_together()
    {
        var found = Enumerable.Range(0, 9_000).Select(i => new ChangeableDeadLetter(i, i % 3)).ToList();
        var parts = ChangeableDeadLetter.Split(found).ToList();
        parts.Select(part => part.Select(deadLetter => deadLetter.CaseReference).Distinct().Count()).ShouldAllBe(count => count == 1);
        parts.Count.ShouldBe(3);
    }

    [Fact]
    public void Those_without_a_case_are_bounded_too() =>
        ChangeableDeadLetter.Split([.. Enumerable.Range(0, 1_000).Select(i => new ChangeableDeadLetter(i, CaseReference: null))]).Select(part => part.Count).ShouldBe([500, 500]);
}
