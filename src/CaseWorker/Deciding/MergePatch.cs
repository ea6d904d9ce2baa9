using System.Text.Encodings.Web;
using System.Text.Json;
using CaseWorker.Commands;

namespace CaseWorker.Deciding;

/// <summary>JSON Merge Patch (RFC 7396). Null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    private static readonly JsonScratch Scratch = new(new JsonWriterOptions
    {
        // The text is stored as jsonb and never put into a page as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    });

    /// <param name="target">The blob as it stands.</param>
    /// <param name="patch">A JSON object.</param>
    public static CaseBlob Apply(CaseBlob target, JsonElement patch) =>
        CaseBlob.Of(Scratch.Write(static (writer, merge) => Write(writer, merge.Target, merge.Patch), (Target: target.Value, Patch: patch)));

    private static void Write(Utf8JsonWriter writer, JsonElement? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        // Looked up by name once: going through one object for each property of the other takes seconds where both are large.
        var changes = patch.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal);
        writer.WriteStartObject();
        if (target is { ValueKind: JsonValueKind.Object } old)
        {
            foreach (var property in old.EnumerateObject())
            {
                if (changes.Remove(property.Name, out var change))
                {
                    WriteProperty(writer, property.Name, property.Value, change);
                }
                else
                {
                    property.WriteTo(writer);
                }
            }
        }

        foreach (var (name, added) in changes)
        {
            WriteProperty(writer, name, null, added);
        }

        writer.WriteEndObject();
    }

    private static void WriteProperty(Utf8JsonWriter writer, string name, JsonElement? before, JsonElement change)
    {
        if (change.ValueKind != JsonValueKind.Null)
        {
            writer.WritePropertyName(name);
            Write(writer, before, change);
        }
    }
}
