using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CaseWorker.Client;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class CaseCommandsTests
{
    [Fact]
    public void A_typed_body_is_written_with_web_defaults()
    {
        var command = CaseCommands.Create(42, new Permit("open", null, [1, 2]));

        command.Action.ShouldBe(CaseActions.CaseCreate);
        command.CaseReference.ShouldBe(42);
        command.Body.GetRawText().ShouldBe("""{"status":"open","assignedTo":null,"roomNumbers":[1,2]}""");
        (command.ProposedVersion, command.ProposedNonce, command.Actor).ShouldBe((null, null, null));
    }

    [Fact]
    public void Each_command_has_a_new_id_ordered_by_time_unless_one_is_given()
    {
        var id = Guid.NewGuid();

        CaseCommands.Create(42, new JsonObject(), id).CommandId.ShouldBe(id);
        CaseCommands.AddNote(42, "hello", commandId: id).CommandId.ShouldBe(id);
        CaseCommands.AddNote(42, "hello").CommandId.Version.ShouldBe(7);
        CaseCommands.AddNote(42, "hello").CommandId.ShouldNotBe(CaseCommands.AddNote(42, "hello").CommandId);
    }

    [Fact]
    public void Changes_carry_what_they_propose()
    {
        var replace = CaseCommands.Replace(42, new { a = 1 }, proposedVersion: 3);
        (replace.Action, replace.ProposedVersion, replace.ProposedNonce).ShouldBe((CaseActions.CaseReplace, 3, null));

        var merge = CaseCommands.Merge(42, new { gone = (string?)null }, proposedNonce: 9);
        (merge.Action, merge.ProposedVersion, merge.ProposedNonce).ShouldBe((CaseActions.CaseMerge, null, 9));
        merge.Body.GetRawText().ShouldBe("""{"gone":null}""", "null removes");

        var note = CaseCommands.AddNote(42, "Grüße", proposedNonce: 4);
        (note.Action, note.ProposedVersion, note.ProposedNonce).ShouldBe((CaseActions.NoteAdd, null, 4));
        note.Body.GetProperty("body").GetString().ShouldBe("Grüße");
    }

    [Fact]
    public void A_change_without_a_proposal_is_refused_at_once()
    {
        Should.Throw<ArgumentException>(() => CaseCommands.Replace(42, new { })).Message.ShouldStartWith("case.replace needs proposedVersion or proposedNonce");
        Should.Throw<ArgumentException>(() => CaseCommands.Merge(42, new { })).Message.ShouldStartWith("case.merge needs proposedVersion or proposedNonce");
    }

    [Fact]
    public void An_action_of_ones_own_has_a_body_of_ones_own()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        var command = CaseCommands.Of("permit.inspect", 42, new Permit("done", "bob", []), proposedNonce: 2, json: options);

        command.Action.ShouldBe("permit.inspect");
        command.ProposedNonce.ShouldBe(2);
        command.Body.GetRawText().ShouldBe("""{"status":"done","assigned_to":"bob","room_numbers":[]}""");
        CaseCommands.Of("permit.count", 42, 7).Body.GetInt32().ShouldBe(7);
    }

    [Fact]
    public void A_body_of_a_source_generated_context_needs_no_reflection() =>
        CaseCommands.Create(42, new Permit("open", null, [7]), json: PermitJson.Default.Options).Body.GetRawText()
            .ShouldBe("""{"status":"open","assignedTo":null,"roomNumbers":[7]}""");

    [Fact]
    public void A_type_that_the_options_do_not_know_is_refused() =>
        Should.Throw<NotSupportedException>(() => CaseCommands.Create(42, new { n = 1 }, json: PermitJson.Default.Options));

    [Fact]
    public void A_case_is_an_object() =>
        Should.Throw<ArgumentException>(() => CaseCommands.Create(42, "text")).Message.ShouldStartWith("The body of case.create must become a JSON object; String became String.");

    [Fact]
    public void What_the_worker_could_only_reject_is_refused_at_once()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.Create(0, new { })).ParamName.ShouldBe("caseReference");
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.Create(-1, new { })).ParamName.ShouldBe("caseReference");
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.Create(1, new { }, Guid.Empty)).ParamName.ShouldBe("commandId");
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.Merge(1, new { }, proposedVersion: 0)).ParamName.ShouldBe("proposedVersion");
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.AddNote(1, "", proposedNonce: 0)).ParamName.ShouldBe("proposedNonce");
        Should.Throw<ArgumentException>(() => CaseCommands.Of("", 1, new { })).ParamName.ShouldBe("action");
        Should.Throw<ArgumentOutOfRangeException>(() => CaseCommands.Of(new string('a', 257), 1, new { })).ParamName.ShouldBe("action");
        Should.Throw<ArgumentNullException>(() => CaseCommands.AddNote(1, null!)).ParamName.ShouldBe("text");
    }

    internal sealed record Permit(string Status, string? AssignedTo, int[] RoomNumbers);
}

/// <summary>As a program that is compiled ahead of time has it.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CaseCommandsTests.Permit))]
internal sealed partial class PermitJson : JsonSerializerContext;
