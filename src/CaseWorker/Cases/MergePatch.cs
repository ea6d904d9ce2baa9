using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>JSON Merge Patch (RFC 7396). Null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    private const int LongestOnStack = 128;

    private static readonly JsonScratch Scratch = new(new JsonWriterOptions
    {
        // The text is stored as jsonb and never put into a page as it is.
        Encoder = MinimalJsonEncoder.Instance,
        SkipValidation = true,
    });

    /// <param name="target">The current blob.</param>
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
        var changes = new Dictionary<string, JsonElement>(patch.GetPropertyCount(), StringComparer.Ordinal);
        foreach (var property in patch.EnumerateObject())
        {
            changes.Add(property.Name, property.Value);
        }

        writer.WriteStartObject();
        if (target is { ValueKind: JsonValueKind.Object } old)
        {
            foreach (var property in old.EnumerateObject())
            {
                if (Take(changes, property, out var name, out var change))
                {
                    WriteProperty(writer, name, property.Value, change);
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

    /// <summary>Makes no string of a name that the patch does not have, as most of a case's names are.</summary>
    private static bool Take(Dictionary<string, JsonElement> changes, JsonProperty property, [NotNullWhen(true)] out string? name, out JsonElement change)
    {
        if (!JsonRaw.TryGetName(property, out var utf8) || utf8.Length > LongestOnStack)
        {
            name = property.Name;
            return changes.Remove(name, out change);
        }

        Span<char> text = stackalloc char[LongestOnStack];
        return changes.GetAlternateLookup<ReadOnlySpan<char>>().Remove(text[..Encoding.UTF8.GetChars(utf8, text)], out name, out change);
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
