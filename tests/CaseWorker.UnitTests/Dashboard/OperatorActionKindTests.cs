using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Persistence;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Dashboard;

public sealed class OperatorActionKindTests
{
    [Theory]
    [InlineData("replay", "failed open, held open")]
    [InlineData("rebase", "failed open, held open")]
    [InlineData("discard", "failed open, held open, undeliverable open, unreadable open, unrouted open")]
    [InlineData("restore", "failed discarded, failed skipped, held discarded, held skipped, undeliverable discarded, undeliverable skipped, unreadable discarded, unreadable skipped, unrouted discarded, unrouted skipped")]
    public void An_action_is_offered_for_the_dead_letters_it_can_change(string name, string fits)
    {
        var action = OperatorActionKind.All.Single(kind => kind.Name == name);
        var found = from kind in DeadLetterKinds.All from state in DeadLetterStates.All where action.Fits(kind, state) select $"{kind} {state}";
        string.Join(", ", found.Order(StringComparer.Ordinal)).ShouldBe(fits);
    }

    [Fact]
    public void Every_action_needs_an_operator_and_has_an_address_of_its_own()
    {
        OperatorActionKind.All.ShouldAllBe(action => action.Scope == AccessScope.Operator);
        OperatorActionKind.All.Select(action => action.Name).ShouldBeUnique();
    }

    [Fact]
    public void Only_a_rebase_applies_commands_over_what_their_senders_have_not_seen() =>
        OperatorActionKind.All.Where(action => action.Rebases).Select(action => action.Name).ShouldBe(["rebase"]);
}
