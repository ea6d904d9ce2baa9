using System.Text.Json.Nodes;
using CaseWorker.Histories;
using CaseWorker.TestSupport;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Histories;

/// <summary>Faults planted into a recorded history: each check sees its own, and says so about the right thing.</summary>
public sealed class CheckerTests
{
    private static readonly Dictionary<string, (string Invariant, Func<History, History> InjectedBug)> Faults = new(StringComparer.Ordinal)
    {
        ["an event lost"] = ("I1", history => WithEvents(history, events => [.. events.Where(e => e.CommandId != SoundHistory.Unchanged)])),
        ["a command with an event and a refusal"] = ("I1", history => WithTables(history, tables => tables with { Refusals = [.. tables.Refusals, new(SoundHistory.Note, tables.Refusals[0].Published)] })),
        ["a duplicate applied twice"] = ("I1", history => WithEvents(history, events => [.. events, events[1] with { GlobalNonce = 6, Nonce = 5, Version = 2 }])),
        ["a good command as a dead letter"] = ("I1", history => WithTables(history, tables => tables with { DeadLetters = [new(SoundHistory.Merge, "why")] })),
        ["a dead letter of no command"] = ("I1", history => WithTables(history, tables => tables with { DeadLetters = [new(null, "why")] })),
        ["a false conflict"] = ("I1", history => history with { Publications = [.. history.Publications.Select(entry => entry.CommandId == SoundHistory.Conflict ? entry with { Expected = Expected.Accepted(5, 3, changed: true) } : entry)] }),
        ["a record of a command that nobody published"] = ("I1", history => history with { Publications = [.. history.Publications.Where(entry => entry.CommandId != SoundHistory.Note)] }),
        ["another command under a used id without an answer"] = ("I1", history => WithDeliveries(history, all => [.. all.Where(entry => !entry.IsReuse)])),
        ["a note doubled"] = ("I1", history => WithTables(history, tables => tables with { Notes = [.. tables.Notes, tables.Notes[0]] })),
        ["a note lost"] = ("I1", history => WithTables(history, tables => tables with { Notes = [] })),
        ["a note of no event"] = ("I1", history => WithTables(history, tables => tables with { Notes = [.. tables.Notes, new(SoundHistory.Other, 1, "text", null)] })),
        ["a note with another text"] = ("I1", history => WithTables(history, tables => tables with { Notes = [tables.Notes[0] with { Body = "other" }] })),
        ["a nonce skipped"] = ("I2", history => WithEvent(history, 4, e => e with { Nonce = 5 })),
        ["a nonce used twice"] = ("I2", history => WithEvent(history, 4, e => e with { Nonce = 3 })),
        ["a global number skipped"] = ("I2", history => WithEvent(history, 4, e => e with { GlobalNonce = 6 })),
        ["a global number used twice"] = ("I2", history => WithEvent(history, 4, e => e with { GlobalNonce = 4 })),
        ["a global head that ran ahead"] = ("I2", history => WithTables(history, tables => tables with { GlobalHead = 6 })),
        ["a version bumped by a note"] = ("I2", history => WithEvent(history, 1, e => e with { Version = 2 })),
        ["a note that changes the blob"] = ("I2", history => WithEvent(history, 1, e => e with { Version = 2, Changed = true })),
        ["a version not bumped by a change"] = ("I2", history => WithEvent(history, 3, e => e with { Version = 1 })),
        ["a change that says it is none"] = ("I2", history => WithEvent(history, 3, e => e with { Version = 1, Changed = false })),
        ["an unchanged write that bumps the version"] = ("I2", history => WithEvent(history, 4, e => e with { Version = 3, Changed = true })),
        ["a row behind its log"] = ("I2", history => WithTables(history, tables => tables with { Cases = [tables.Cases[0] with { Version = 1 }, tables.Cases[1]] })),
        ["an event that a live reader missed"] = ("I3", history => history with { Seen = [.. history.Seen!.Where(seen => seen.GlobalNonce != 2)] }),
        ["events that a live reader saw in another order"] = ("I3", history => history with { Seen = [history.Seen![1], history.Seen[0], .. history.Seen.Skip(2)] }),
        ["an event that a live reader saw and that is gone"] = ("I3", history => history with { Seen = [.. history.Seen!, new SeenEvent(6, Guid.NewGuid())] }),
        ["effects in another order than the queue's"] = ("I4", history => history with { Publications = [history.Publications[0], history.Publications[2], history.Publications[1], .. history.Publications.Skip(3)] }),
        ["an outcome never delivered"] = ("I5", history => WithDeliveries(history, all => [.. all.Where(entry => entry.CommandId != SoundHistory.Merge)])),
        ["a conflict recorded and not delivered"] = ("I5", history => WithDeliveries(history, all => [.. all.Where(entry => entry.CommandId != SoundHistory.Conflict)])),
        ["an outcome delivered and not recorded"] = ("I5", history => WithTables(history, tables => tables with { Refusals = [] })),
        ["an outcome with another number than its event"] = ("I5", history => WithDeliveries(history, all => [.. all.Select(entry => entry.CommandId == SoundHistory.Merge ? With(entry, "nonce", 9L) : entry)])),
        ["a repeat under another outcome id"] = ("I5", history => WithDeliveries(history, all => [.. all, With(all[0], "outcomeId", Guid.NewGuid().ToString())])),
        ["an outcome id of two commands"] = ("I5", history => WithDeliveries(history, all => [.. all.Select(entry => entry.Outcome is "accepted" ? With(entry, "outcomeId", all[0].OutcomeId) : entry)])),
        ["a refusal that passes for the recorded outcome"] = ("I5", history => WithDeliveries(history, all => [.. all.Select(entry => entry.IsReuse ? With(entry, "outcomeId", all.First(delivered => delivered.CommandId == entry.CommandId).OutcomeId) : entry)])),
        ["a refusal for a used id that nobody used again"] = ("I5", history => WithDeliveries(history, all => [.. all, SoundHistory.Refused(SoundHistory.Create)])),
        ["a blob that is not the fold of its log"] = ("I6", history => WithTables(history, tables => tables with { Cases = [tables.Cases[0] with { Blob = SoundHistory.Json("""{"c":{"d":3}}""") }, tables.Cases[1]] })),
        ["a case without a log"] = ("I6", history => WithTables(history, tables => tables with { Cases = [.. tables.Cases, tables.Cases[1] with { Reference = 9 }] })),
        ["a log without its case"] = ("I6", history => WithTables(history, tables => tables with { Cases = [tables.Cases[0]] })),
        ["an outcome whose event cannot be seen yet"] = ("I7", history => WithDeliveries(history, all => [all[0] with { WasVisible = false }, .. all.Skip(1)])),
        ["a queue that does not drain"] = ("I8", history => history with { Waiting = new Dictionary<string, uint>(StringComparer.Ordinal) { ["case-commands.00"] = 1 } }),
    };

    public static TheoryData<string> Names => [.. Faults.Keys];

    [Fact]
    public void A_history_as_promised_has_no_violation() => Checker.Check(SoundHistory.Build()).ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_fault_in_a_history_is_caught(string name)
    {
        var (invariant, plant) = Faults[name];
        Checker.Check(plant(SoundHistory.Build())).ShouldContain(violation => violation.Invariant == invariant);
    }

    [Fact]
    public void A_command_without_a_confirm_may_be_there_or_not()
    {
        var lost = WithEvents(SoundHistory.Build(), events => [.. events.Where(e => e.CommandId != SoundHistory.Unchanged)]);
        lost = WithDeliveries(lost, all => [.. all.Where(entry => entry.CommandId != SoundHistory.Unchanged)]);
        var unconfirmed = lost with { Publications = [.. lost.Publications.Select(entry => entry.CommandId == SoundHistory.Unchanged ? entry with { IsConfirmed = false } : entry)] };
        Checker.Check(lost).ShouldContain(violation => violation.Invariant == "I1" && violation.Sentence.Contains("no terminal state", StringComparison.Ordinal));
        Checker.Check(unconfirmed).ShouldNotContain(violation => violation.Invariant == "I1");
    }

    private static History WithTables(History history, Func<Tables, Tables> change) => history with { Tables = change(history.Tables) };

    private static History WithEvents(History history, Func<IReadOnlyList<EventRow>, IReadOnlyList<EventRow>> change) =>
        WithTables(history, tables => tables with { Events = change(tables.Events) });

    private static History WithEvent(History history, int index, Func<EventRow, EventRow> change) =>
        WithEvents(history, events => [.. events.Select((e, i) => i == index ? change(e) : e)]);

    /// <summary>In what the first subscriber received.</summary>
    private static History WithDeliveries(History history, Func<IReadOnlyList<Delivered>, IReadOnlyList<Delivered>> change) =>
        history with { Subscribers = [history.Subscribers[0] with { Deliveries = change(history.Subscribers[0].Deliveries) }, .. history.Subscribers.Skip(1)] };

    private static Delivered With(Delivered entry, string field, JsonNode value)
    {
        var body = entry.Body.DeepClone().AsObject();
        body[field] = value;
        return entry with { Body = body };
    }
}
