using CaseWorker.Cases;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

public sealed class CaseActionSetTests
{
    [Fact]
    public void The_built_in_actions_are_those_of_the_contract() =>
        CaseActionSet.BuiltIn.Select(action => action.Name).ShouldBe(
            [CaseActions.CaseCreate, CaseActions.CaseReplace, CaseActions.CaseMerge, CaseActions.NoteAdd]);

    [Fact]
    public void Only_create_creates() => CaseActionSet.BuiltIn.Where(action => action.CreatesCase).ShouldHaveSingleItem().Name.ShouldBe("case.create");

    [Fact]
    public void Two_actions_of_one_name_are_refused() =>
        Should.Throw<ArgumentException>(() => new CaseActionSet([new NoteAdd(), new NoteAdd()])).Message.ShouldContain("note.add");

    [Fact]
    public void A_registered_action_is_found_without_an_error()
    {
        var errors = new List<FieldError>();
        ParsedCommands.Actions.Find("note.add", errors).ShouldBeOfType<NoteAdd>();
        errors.ShouldBeEmpty();
    }
}
