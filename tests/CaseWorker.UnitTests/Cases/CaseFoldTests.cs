using System.Text.Json;
using CaseWorker.Cases;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Cases;

/// <summary>A log with events of actions that this program may not even know.</summary>
public sealed class CaseFoldTests
{
    [Fact]
    public void An_event_of_a_registered_action_folds_to_the_blob_that_it_keeps()
    {
        var state = Fold(Create(1), Event(2, "gone.action", blob: """{"n":1}"""), Event(3, "gone.action", blob: null), Event(4, "case.merge", """{"m":2}"""));
        (state.Version, state.Nonce).ShouldBe((3, 4));
        state.Blob.HasSameValueAs(CaseBlob.Of("""{"n":1,"m":2}""")).ShouldBeTrue();
    }

    [Fact]
    public void A_log_with_a_gap_is_none() =>
        Should.Throw<InvalidOperationException>(() => Fold(Create(1), Event(3, "gone.action", blob: """{"n":1}"""))).Message.ShouldContain("Event 3 (gone.action) of case 42 does not follow");

    [Fact]
    public void A_log_does_not_begin_with_a_registered_action() =>
        Should.Throw<InvalidOperationException>(() => Fold(Event(1, "gone.action", blob: """{"n":1}""")));

    private static CaseState Fold(params LoggedEvent[] events) => CaseFold.Rebuild(42, events, ParsedCommands.Actions)!;

    private static LoggedEvent Create(long nonce) => Event(nonce, "case.create", """{"n":0}""");

    private static LoggedEvent Event(long nonce, string action, string body = "{}", string? blob = null) =>
        new(Guid.NewGuid(), nonce, action, JsonElement.Parse(body), "ada", blob is null ? null : JsonElement.Parse(blob));
}
