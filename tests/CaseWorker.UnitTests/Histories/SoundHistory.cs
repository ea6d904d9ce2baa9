using System.Text.Json.Nodes;
using CaseWorker.Histories;
using CaseWorker.TestSupport;

namespace CaseWorker.UnitTests.Histories;

/// <summary>A small run in which everything went as promised; a test changes one thing in it.</summary>
internal static class SoundHistory
{
    public const long Case = 7;
    public const long Other = 8;

    public static readonly Guid Create = Id(1);
    public static readonly Guid Note = Id(2);
    public static readonly Guid Merge = Id(3);
    public static readonly Guid Unchanged = Id(4);
    public static readonly Guid OtherCreate = Id(5);
    public static readonly Guid Conflict = Id(6);

    public static History Build()
    {
        EventRow[] events =
        [
            new(1, Case, 1, Create, "case.create", 1, Changed: true, Json("""{"a":1}"""), "tester"),
            new(2, Case, 2, Note, "note.add", 1, Changed: false, Json("""{"body":"text"}"""), "tester"),
            new(3, Other, 1, OtherCreate, "case.create", 1, Changed: true, Json("""{"b":1}"""), "tester"),
            new(4, Case, 3, Merge, "case.merge", 2, Changed: true, Json("""{"a":null,"c":{"d":2}}"""), "tester"),
            new(5, Case, 4, Unchanged, "case.merge", 2, Changed: false, Json("""{"c":{"d":2.0}}"""), "tester"),
        ];
        var refusal = Json($$"""{"outcome":"conflicted","outcomeId":"{{Id(106)}}","commandId":"{{Conflict}}","currentVersion":2,"currentNonce":4}""").AsObject();
        return new History
        {
            Publications =
            [
                new(Create, Case, true, Expected.Accepted(1, 1, changed: true)),
                new(Note, Case, true, Expected.Accepted(2, 1, changed: false)),
                new(Merge, Case, true, Expected.Accepted(3, 2, changed: true)),
                new(Note, Case, true, Expected.Accepted(2, 1, changed: false)),
                new(Unchanged, Case, true, Expected.Accepted(4, 2, changed: false)),
                new(Conflict, Case, true, Expected.Conflict(2, 4)),
                new(OtherCreate, Other, true, Expected.Accepted(1, 1, changed: true)),
                new(OtherCreate, Case, true, Expected: null),
                new(Id(9), Other, false, Expected.Accepted(2, 1, changed: false)),
            ],
            Subscribers =
            [
                new Subscriber("1", [.. events.Select(Accepted), Accepted(events[1]), new Delivered(refusal, WasVisible: false), Refused(OtherCreate)]),
                new Subscriber("2", [.. events.Reverse().Select(Accepted), new Delivered(refusal), Refused(OtherCreate)]),
            ],
            Seen = [.. events.Select(e => new SeenEvent(e.GlobalNonce, e.CommandId))],
            Tables = new Tables
            {
                Events = events,
                Refusals = [new(Conflict, refusal)],
                Cases = [new(Case, Json("""{"c":{"d":2}}"""), 2, 4), new(Other, Json("""{"b":1}"""), 1, 1)],
                Notes = [new(Case, 2, "text", "tester")],
                DeadLetters = [],
                GlobalHead = 5,
            },
            Waiting = new Dictionary<string, uint>(StringComparer.Ordinal) { ["case-commands.00"] = 0 },
        };
    }

    public static Delivered Accepted(EventRow e) => new(Json($$"""
        {"outcome":"accepted","outcomeId":"{{OutcomeIdOf(e.CommandId)}}","commandId":"{{e.CommandId}}","nonce":{{e.Nonce}},"globalNonce":{{e.GlobalNonce}},"version":{{e.Version}},"changed":{{(e.Changed ? "true" : "false")}}}
        """).AsObject(), WasVisible: true);

    /// <summary>Answer to another command under a used id.</summary>
    public static Delivered Refused(Guid command) =>
        new(Json($$"""{"outcome":"rejected","reason":"command-id-reused","outcomeId":"{{Id(200)}}","commandId":"{{command}}"}""").AsObject());

    public static JsonNode Json(string text) => JsonNode.Parse(text)!;

    private static Guid Id(int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    private static Guid OutcomeIdOf(Guid command) => new([.. command.ToByteArray().Reverse()]);
}
