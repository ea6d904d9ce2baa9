using System.Text;
using CaseWorker.CommandLine.Publishing;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class OutcomeDeliveryTests
{
    private static readonly Guid Command = Guid.NewGuid();
    private static readonly Guid Outcome = Guid.NewGuid();

    [Fact]
    public void An_outcome_is_read_by_its_wire_names() =>
        Read($$"""{"commandId":"{{Command}}","outcomeId":"{{Outcome}}","outcome":"accepted","action":"case.merge","changed":true,"more":[1]}""")
            .ShouldBe(new OutcomeDelivery(Command, Outcome, "accepted", "case.merge", Changed: true, Reason: ""));

    [Fact]
    public void What_an_outcome_does_not_have_is_empty() =>
        (Read($$"""{"commandId":"{{Command}}","outcome":"rejected","reason":"invalid","changed":"true"}""")! with { Refusal = null })
            .ShouldBe(new OutcomeDelivery(Command, Guid.Empty, "rejected", Action: null, Changed: false, "invalid"));

    [Fact]
    public void A_rejection_has_its_errors()
    {
        var refusal = Read($$"""{"commandId":"{{Command}}","caseReference":"42","outcome":"rejected","reason":"invalid","errors":[{"path":"/action","message":"No such action."},7]}""")!.Refusal!;
        (refusal.CommandId, refusal.CaseReference, refusal.Outcome, refusal.Reason).ShouldBe((Command, "42", "rejected", "invalid"));
        refusal.Errors.ShouldHaveSingleItem().ShouldBe(new FieldError("/action", "No such action."));
    }

    [Theory]
    [InlineData("version", "\"proposedVersion\":2,\"currentVersion\":2", "/proposedVersion", "Proposed version 2; the case has version 2.")]
    [InlineData("nonce", "\"proposedNonce\":9,\"currentNonce\":4", "/proposedNonce", "Proposed nonce 9; the case has nonce 4.")]
    [InlineData("case-exists", "\"currentVersion\":2", "/caseReference", "The case exists already.")]
    public void A_conflict_has_a_path_and_a_sentence(string reason, string fields, string path, string message) =>
        Read($$"""{"commandId":"{{Command}}","caseReference":"42","outcome":"conflicted","reason":"{{reason}}",{{fields}}}""")!
            .Refusal!.Errors.ShouldHaveSingleItem().ShouldBe(new FieldError(path, message));

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"commandId":"not an id","outcome":"accepted"}""")]
    [InlineData("""{"commandId":7,"outcome":"accepted"}""")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","outcome":7}""")]
    public void A_message_that_is_not_an_outcome_is_ignored(string json) => Read(json).ShouldBeNull();

    private static OutcomeDelivery? Read(string json) => OutcomeDelivery.Read(Encoding.UTF8.GetBytes(json));
}
