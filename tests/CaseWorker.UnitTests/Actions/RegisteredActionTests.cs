using System.Text.Json.Nodes;
using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Actions;

/// <summary>A state with a team's handler.</summary>
public sealed class RegisteredActionTests
{
    [Fact]
    public async Task A_command_sees_the_rows_of_the_one_before_it()
    {
        await using var library = new LibraryActions(new ShelfAction(ShelfAction.AddOnce));
        library.Decide(LibraryActions.Book("Emma")).ShouldBeOfType<Decision.Accepted>().After.Nonce.ShouldBe(2);
        library.Decide(LibraryActions.Book("Emma")).ShouldBeOfType<Decision.Rejected>().Errors[0].Message.ShouldBe("Event 2 has it.");
        library.Decide(LibraryActions.Book("Persuasion")).ShouldBeOfType<Decision.Accepted>().After.ShouldBe(
            library.BatchState.Find(42)! with { LastEvent = null });
        library.Db.ChangeTracker.Entries<Book>().Select(entry => (entry.State, entry.Entity.Title, entry.Entity.Nonce))
            .ShouldBe([(EntityState.Added, "Emma", 2), (EntityState.Added, "Persuasion", 3)]);
    }

    [Fact]
    public async Task A_refusal_is_a_422_with_its_reason_and_takes_no_nonce()
    {
        await using var library = new LibraryActions(new ShelfAction((_, _, _) => CaseAnswer.Refuse("closed", "The case is closed.", "/caseReference")));
        var refusal = library.Decide(LibraryActions.Book("Emma")).ShouldBeOfType<Decision.Rejected>();
        (refusal.Status, refusal.Reason, refusal.Errors[0].Path, refusal.IsRecorded).ShouldBe((422, "closed", "/caseReference", true));
        library.BatchState.Find(42)!.Nonce.ShouldBe(1);
        library.Db.ChangeTracker.Entries().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_conflict_never_reaches_the_handler()
    {
        await using var library = new LibraryActions(new ShelfAction((_, _, _) => throw new NotSupportedException("reached")));
        library.Decide(LibraryActions.Book("Emma"), nonce: "7").ShouldBeOfType<Decision.Conflicted>();
    }

    [Fact]
    public async Task Rows_that_are_added_before_the_command_is_accepted_are_an_error_that_says_what_to_do()
    {
        await using var library = new LibraryActions(new ShelfAction((db, current, _) =>
        {
            db.Add(new Book { CaseReference = current.Reference, Title = "Emma", Nonce = 2 });
            return CaseAnswer.Refuse("closed", "The case is closed.");
        }));
        Should.Throw<CaseActionException>(() => library.Decide(LibraryActions.Book("Emma"))).Message.ShouldContain("Accept(() => db.Add(row))");
    }

    [Fact]
    public async Task A_blob_too_large_is_refused_and_its_rows_are_not_added()
    {
        var added = false;
        await using var library = new LibraryActions(new ShelfAction(
            (_, current, _) =>
            {
                var blob = current.CopyBlob();
                blob["text"] = new string('x', 600 * 1024);
                blob["more"] = new string('y', 424 * 1024);
                return CaseAnswer.Accept(blob, () => added = true);
            },
            touchesBlob: true));
        library.Decide(LibraryActions.Book("Emma"), version: "2").ShouldBeOfType<Decision.Rejected>().Reason.ShouldBe("blob-too-large");
        added.ShouldBeFalse();
    }

    [Fact]
    public async Task A_blob_and_a_row_change_together()
    {
        await using var library = new LibraryActions(new ShelfAction(
            (db, current, request) =>
            {
                var blob = current.CopyBlob();
                blob["n"] = (long)current.Blob.GetProperty("n").GetInt64() + 1;
                return CaseAnswer.Accept(blob, () => db.Add(new Book { CaseReference = current.Reference, Title = request.Body.Title, Nonce = current.NextNonce }));
            },
            touchesBlob: true));
        var first = library.Decide(LibraryActions.Book("Emma"), version: "2").ShouldBeOfType<Decision.Accepted>();
        (first.Changed, first.After.Version, first.After.Blob.Text).ShouldBe((true, 2, """{"n":1}"""));
        library.Decide(LibraryActions.Book("Persuasion"), version: "2").ShouldBeOfType<Decision.Conflicted>();
        library.Decide(LibraryActions.Book("Persuasion"), version: "3").ShouldBeOfType<Decision.Accepted>().After.Blob.Text.ShouldBe("""{"n":2}""");
        library.Db.Set<Book>().Local.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_blob_of_an_action_that_does_not_say_so_is_an_error()
    {
        await using var library = new LibraryActions(new ShelfAction((_, _, _) => CaseAnswer.Accept(new JsonObject())));
        Should.Throw<CaseActionException>(() => library.Decide(LibraryActions.Book("Emma"))).Message.ShouldContain("override TouchesBlob");
    }

    [Theory]
    [InlineData("""{"a":1e999}""", "exponent")]
    [InlineData("""{"a":"\u0000"}""", "u+0000")]
    public async Task A_blob_that_PostgreSQL_would_not_take_is_an_error(string blob, string named)
    {
        await using var library = new LibraryActions(new ShelfAction((_, _, _) => CaseAnswer.Accept(JsonNode.Parse(blob)!.AsObject()), touchesBlob: true));
        Should.Throw<CaseActionException>(() => library.Decide(LibraryActions.Book("Emma"), version: "2")).Message.ToLowerInvariant().ShouldContain(named);
    }

    [Fact]
    public async Task A_handler_that_throws_is_told_with_its_command_and_cause()
    {
        await using var library = new LibraryActions(new ShelfAction((_, _, _) => throw new FormatException("bad luck")));
        var error = Should.Throw<CaseActionException>(() => library.Decide(LibraryActions.Book("Emma")));
        error.Message.ShouldContain("of case 42: bad luck");
        error.GetBaseException().ShouldBeOfType<FormatException>();
    }

    [Fact]
    public async Task A_validation_that_throws_fails_in_its_batch_and_not_where_it_is_read()
    {
        await using var library = new LibraryActions(new ShelfAction(ShelfAction.AddOnce) { OnValidate = _ => throw new FormatException("bad luck") });
        var command = library.Read(LibraryActions.Book("Emma"));
        command.Errors.ShouldBeEmpty();
        Should.Throw<CaseActionException>(() => library.BatchState.Decide(command, failure: null)).GetBaseException().ShouldBeOfType<FormatException>();
    }

    [Fact]
    public async Task Its_own_validation_speaks_after_the_body_was_read()
    {
        await using var library = new LibraryActions(new ShelfAction(ShelfAction.AddOnce));
        library.Read("""{"title":"Emma","pages":0}""").Errors.ShouldHaveSingleItem().Path.ShouldBe("/body/pages");
    }

    [Theory]
    [InlineData(false, "2", null, "/proposedVersion")]
    [InlineData(false, null, "2", null)]
    [InlineData(false, null, null, null)]
    [InlineData(true, null, null, "/proposedVersion")]
    [InlineData(true, "2", null, null)]
    [InlineData(true, null, "2", null)]
    public async Task Proposals_are_as_for_the_built_in_actions(bool touchesBlob, string? version, string? nonce, string? wrong)
    {
        await using var library = new LibraryActions(new ShelfAction(ShelfAction.AddOnce, touchesBlob));
        library.Read(LibraryActions.Book("Emma"), version, nonce).Errors.Select(error => error.Path).ShouldBe(wrong is null ? [] : [wrong]);
    }
}
