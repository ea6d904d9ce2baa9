using CaseWorker.Actions;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Actions;

/// <summary>What is wrong with a registration is said at the start, in a sentence.</summary>
public sealed class RegistryTests
{
    [Fact]
    public void An_action_may_not_have_the_name_of_another() =>
        Fails(registry => registry.Add(new Named("note.add"))).ShouldContain("two actions named note.add");

    [Fact]
    public void An_action_needs_a_name() => Fails(registry => registry.Add(new Named(" "))).ShouldContain("1 to 256 characters");

    [Fact]
    public void An_action_with_tables_needs_them_registered() =>
        Fails(registry => registry.Add(new ShelfAction(ShelfAction.AddOnce)).Build()).ShouldContain(".AddTables<ShelfDbContext>()");

    [Fact]
    public void A_context_must_be_one_that_can_be_made() =>
        Fails(registry => registry.AddTables<Closed>()).ShouldContain("DbContextOptions<Closed>");

    [Theory]
    [InlineData("SELECT; DROP TABLE case_data")]
    [InlineData("ALL")]
    [InlineData("")]
    [InlineData("SELECT ON case_data")]
    public void Grants_are_privileges_and_nothing_else(string grants) =>
        Fails(registry => registry.AddTables<ShelfDbContext>(grants)).ShouldContain("does not understand the grants");

    [Fact]
    public void The_built_in_actions_come_first() =>
        new CaseActionRegistry().Add(new Named("own")).Build().All.Select(action => action.Name)
            .ShouldBe(["case.create", "case.replace", "case.merge", "note.add", "own"]);

    private static string Fails(Action<CaseActionRegistry> register) =>
        Should.Throw<InvalidOperationException>(() => register(new CaseActionRegistry())).Message;

    private sealed class Named(string name) : CaseAction<BookBody>
    {
        public override string Name => name;

        public override CaseAnswer Handle(LockedCase current, CaseRequest<BookBody> request) => CaseAnswer.Accept();
    }

    private sealed class Closed : DbContext
    {
        private Closed()
        {
        }
    }
}
