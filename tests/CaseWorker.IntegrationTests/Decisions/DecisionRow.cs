using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.Decisions;

/// <summary>A row of the decision table: what the case is, what is asked, and the outcome to the last field.</summary>
/// <param name="Name">A sentence.</param>
/// <param name="Before">Commands that all are accepted; they make the case.</param>
/// <param name="Command">The command to be decided.</param>
/// <param name="Outcome">The outcome without what no test can know: ids, and times.</param>
internal sealed record DecisionRow(string Name, Func<long, IEnumerable<JsonObject>> Before, Func<long, JsonObject> Command, string Outcome)
{
    public static IReadOnlyDictionary<string, DecisionRow> All { get; } = Rows().ToDictionary(row => row.Name, StringComparer.Ordinal);

    private static IEnumerable<DecisionRow> Rows()
    {
        static IEnumerable<JsonObject> Nothing(long reference) => [];
        static IEnumerable<JsonObject> Created(long reference) => [CommandJson.Create(reference, Json("""{"a":1,"b":{"c":[1,2],"d":"x"}}"""))];

        // Version 2, nonce 4: a change, a note and a write that changes nothing.
        static IEnumerable<JsonObject> Lived(long reference) =>
        [
            .. Created(reference),
            CommandJson.Merge(reference, Json("""{"a":2}"""), version: 2),
            CommandJson.Note(reference, "seen"),
            CommandJson.Merge(reference, Json("""{"a":2.0}"""), nonce: 4),
        ];

        const string last = """{"nonce":4,"action":"case.merge","actor":"tester"}""";

        // Row 2: by itself never right, whatever the case.
        yield return new("an unknown action on a missing case", Nothing, r => CommandJson.Of(r, "case.close", new JsonObject()),
            Rejected("case.close", 400, "invalid", """[{"path":"/action","message":"Unknown action. Known are: case.create, case.merge, case.replace, note.add."}]"""));
        yield return new("a blob action without a proposal", Lived, r => CommandJson.Merge(r, []),
            Rejected("case.merge", 400, "invalid", """[{"path":"/proposedVersion","message":"Required for case.merge, unless proposedNonce is given: the current number plus one."}]""", 2, 4));
        yield return new("a note that proposes a version", Lived, r => CommandJson.Of(r, "note.add", Json("""{"body":"x"}"""), version: 3),
            Rejected("note.add", 400, "invalid", """[{"path":"/proposedVersion","message":"Refused: a note does not touch the version. Leave it out, or propose a nonce."}]""", 2, 4));
        yield return new("several errors at once", Nothing, r => CommandJson.Of(r, "case.replace", JsonValue.Create(5)),
            Rejected("case.replace", 400, "invalid", """[{"path":"/body","message":"Must be a JSON object."},{"path":"/proposedVersion","message":"Required for case.replace, unless proposedNonce is given: the current number plus one."}]"""));

        // Row 6.
        yield return new("a creation of an existing case", Lived, r => CommandJson.Create(r), Conflicted("case.create", "case-exists", "null", "null", 2, 4, last));
        yield return new("a creation of an existing case that fits its numbers", Lived, r => CommandJson.Of(r, "case.create", new JsonObject(), version: 3, nonce: 5), Conflicted("case.create", "case-exists", "3", "5", 2, 4, last));

        // Row 7, before 8 and 9.
        foreach (var action in new[] { "case.replace", "case.merge" })
        {
            yield return new($"{action} on a missing case", Nothing, r => CommandJson.Of(r, action, new JsonObject(), version: 1, nonce: 9), NotFound(action));
        }

        yield return new("a note on a missing case", Nothing, r => CommandJson.Note(r, "x"), NotFound("note.add"));

        // Rows 8 and 9, and their order.
        yield return new("a stale nonce", Lived, r => CommandJson.Merge(r, [], nonce: 4), Conflicted("case.merge", "nonce", "null", "4", 2, 4, last));
        yield return new("a nonce from the future", Lived, r => CommandJson.Replace(r, [], nonce: 6), Conflicted("case.replace", "nonce", "null", "6", 2, 4, last));
        yield return new("a note with a stale nonce", Lived, r => CommandJson.Note(r, "x", nonce: 4), Conflicted("note.add", "nonce", "null", "4", 2, 4, last));
        yield return new("a stale version", Lived, r => CommandJson.Merge(r, [], version: 2), Conflicted("case.merge", "version", "2", "null", 2, 4, last));
        yield return new("a version from the future", Lived, r => CommandJson.Replace(r, [], version: long.MaxValue), Conflicted("case.replace", "version", "9223372036854775807", "null", 2, 4, last));
        yield return new("a right version with a wrong nonce", Lived, r => CommandJson.Merge(r, [], version: 3, nonce: 4), Conflicted("case.merge", "nonce", "3", "4", 2, 4, last));
        yield return new("a wrong version with a right nonce", Lived, r => CommandJson.Merge(r, [], version: 2, nonce: 5), Conflicted("case.merge", "version", "2", "5", 2, 4, last));
        yield return new("both wrong", Lived, r => CommandJson.Merge(r, [], version: 9, nonce: 9), Conflicted("case.merge", "nonce", "9", "9", 2, 4, last));
        yield return new("a stale write that would change nothing", Lived, r => CommandJson.Merge(r, Json("""{"a":2}"""), version: 2), Conflicted("case.merge", "version", "2", "null", 2, 4, last));
        yield return new("a creation that proposes another nonce than 1", Nothing, r => CommandJson.Of(r, "case.create", new JsonObject(), nonce: 2), Conflicted("case.create", "nonce", "null", "2", 0, 0, "null"));
        yield return new("a creation that proposes another version than 1", Nothing, r => CommandJson.Of(r, "case.create", new JsonObject(), version: 2), Conflicted("case.create", "version", "2", "null", 0, 0, "null"));

        // Row 10.
        yield return new("a merge that makes the blob too large", r => [CommandJson.Create(r, new JsonObject { ["a"] = new string('x', 600_000) })], r => CommandJson.Merge(r, new JsonObject { ["b"] = new string('y', 600_000) }, version: 2),
            Rejected("case.merge", 422, "blob-too-large", """[{"path":"/body","message":"The case\u0027s JSON would become larger than 1 MiB."}]""", 1, 1));

        // Row 11.
        yield return new("a creation", Nothing, r => CommandJson.Create(r), Accepted("case.create", 1, 1, changed: true));
        yield return new("a creation that proposes 1 and 1", Nothing, r => CommandJson.Of(r, "case.create", new JsonObject(), version: 1, nonce: 1), Accepted("case.create", 1, 1, changed: true));
        yield return new("a right version", Lived, r => CommandJson.Merge(r, Json("""{"a":3}"""), version: 3), Accepted("case.merge", 5, 3, changed: true));
        yield return new("a right nonce", Lived, r => CommandJson.Replace(r, [], nonce: 5), Accepted("case.replace", 5, 3, changed: true));
        yield return new("both right", Lived, r => CommandJson.Merge(r, Json("""{"b":null}"""), version: 3, nonce: 5), Accepted("case.merge", 5, 3, changed: true));
        yield return new("a note", Lived, r => CommandJson.Note(r, "x"), Accepted("note.add", 5, 2, changed: false));
        yield return new("a note with a right nonce", Lived, r => CommandJson.Note(r, "x", nonce: 5), Accepted("note.add", 5, 2, changed: false));

        // What really changes, and what does not.
        foreach (var (what, body, changed) in new[]
        {
            ("the same value in another order and spelling", """{ "b" : {"d":"\u0078","c":[1.0,20e-1]}, "a":10e-1 }""", false),
            ("an array in another order", """{"a":1,"b":{"c":[2,1],"d":"x"}}""", true),
            ("a number that became a text", """{"a":"1","b":{"c":[1,2],"d":"x"}}""", true),
            ("a null where nothing was", """{"a":1,"b":{"c":[1,2],"d":"x"},"e":null}""", true),
            ("the last digit of a long number", """{"a":1.0000000000000000000000000000000000001,"b":{"c":[1,2],"d":"x"}}""", true),
        })
        {
            yield return new($"a replacement by {what}", Created, r => CommandJson.Replace(r, Json(body), version: 2), Accepted("case.replace", 2, changed ? 2 : 1, changed));
        }

        yield return new("an empty merge patch", Created, r => CommandJson.Merge(r, [], version: 2), Accepted("case.merge", 2, 1, changed: false));
        yield return new("a merge patch that removes what is not there", Created, r => CommandJson.Merge(r, Json("""{"z":null,"b":{"y":null}}"""), nonce: 2), Accepted("case.merge", 2, 1, changed: false));
        yield return new("a merge patch that removes", Created, r => CommandJson.Merge(r, Json("""{"b":{"d":null}}"""), nonce: 2), Accepted("case.merge", 2, 2, changed: true));
    }

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private static string Accepted(string action, long nonce, long version, bool changed) =>
        $$"""{"outcome":"accepted","action":"{{action}}","status":200,"nonce":{{nonce}},"version":{{version}},"changed":{{(changed ? "true" : "false")}}}""";

    private static string Conflicted(string action, string reason, string proposedVersion, string proposedNonce, long version, long nonce, string lastEvent) =>
        $$"""{"outcome":"conflicted","action":"{{action}}","status":409,"reason":"{{reason}}","proposedVersion":{{proposedVersion}},"proposedNonce":{{proposedNonce}},"currentVersion":{{version}},"currentNonce":{{nonce}},"lastEvent":{{lastEvent}}}""";

    private static string Rejected(string action, int status, string reason, string errors, long? version = null, long? nonce = null) =>
        $$"""{"outcome":"rejected","action":"{{action}}","status":{{status}},"reason":"{{reason}}","errors":{{errors}},"currentVersion":{{version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}},"currentNonce":{{nonce?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}}}""";

    private static string NotFound(string action) =>
        Rejected(action, 404, "case-not-found", """[{"path":"/caseReference","message":"Case @case does not exist; create it with case.create."}]""");
}
