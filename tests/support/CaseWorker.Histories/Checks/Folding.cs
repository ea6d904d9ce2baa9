using System.Text.Json.Nodes;

namespace CaseWorker.Histories.Checks;

/// <summary>I6: folding the log rebuilds every blob. On the way it shows whether "changed" is true, which is I2's.</summary>
internal static class Folding
{
    public static IEnumerable<Violation> Check(Tables tables)
    {
        var blobs = new Dictionary<long, JsonNode?>();
        foreach (var e in tables.Events)
        {
            var before = blobs.GetValueOrDefault(e.CaseReference);
            var after = Apply(before, e);
            if (JsonNode.DeepEquals(before, after) == e.Changed)
            {
                yield return new Violation("I2", $"case {e.CaseReference}: event {e.Nonce} says changed = {e.Changed}, and the JSON says otherwise");
            }

            blobs[e.CaseReference] = after;
        }

        foreach (var row in tables.Cases)
        {
            if (!blobs.Remove(row.Reference, out var folded))
            {
                yield return new Violation("I6", $"case {row.Reference} has no event");
            }
            else if (!JsonNode.DeepEquals(row.Blob, folded))
            {
                yield return new Violation("I6", $"case {row.Reference}: the log folds to {Short(folded)}, the blob is {Short(row.Blob)}");
            }
        }

        foreach (var reference in blobs.Keys)
        {
            yield return new Violation("I6", $"case {reference} has events and no row");
        }
    }

    private static JsonNode? Apply(JsonNode? blob, EventRow e) => e.Action switch
    {
        "case.create" or "case.replace" => e.Body,
        "case.merge" => Merge(blob, e.Body),
        "note.add" => blob,

        // A registered action's event says itself what became of the blob.
        _ => e.Blob ?? blob,
    };

    /// <summary>RFC 7396 as its pseudocode has it.</summary>
    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target is JsonObject old ? old.DeepClone().AsObject() : [];
        foreach (var (name, value) in changes)
        {
            var before = merged[name];
            merged.Remove(name);
            if (value is not null)
            {
                merged[name] = Merge(before, value);
            }
        }

        return merged;
    }

    private static string Short(JsonNode? value) => value?.ToJsonString() is { Length: > 200 } text ? $"{text[..200]}…" : value?.ToJsonString() ?? "nothing";
}
