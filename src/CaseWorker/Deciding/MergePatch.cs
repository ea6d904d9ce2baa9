using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CaseWorker.Deciding;

/// <summary>JSON Merge Patch (RFC 7396). Null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    private static readonly JsonWriterOptions Options = new()
    {
        // The text is stored as jsonb and never put into a page as it is.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <param name="target">The blob as it stands.</param>
    /// <param name="patch">A JSON object.</param>
    public static CaseBlob Apply(CaseBlob target, JsonElement patch)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, target.Value, patch);
        }

        return CaseBlob.Of(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement? target, JsonElement patch)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        var kept = target is { ValueKind: JsonValueKind.Object } ? target : null;
        writer.WriteStartObject();
        if (kept is { } old)
        {
            foreach (var property in old.EnumerateObject().Where(property => !patch.TryGetProperty(property.Name, out _)))
            {
                property.WriteTo(writer);
            }
        }

        foreach (var property in patch.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null))
        {
            writer.WritePropertyName(property.Name);
            Write(writer, kept is { } o && o.TryGetProperty(property.Name, out var value) ? value : null, property.Value);
        }

        writer.WriteEndObject();
    }
}
