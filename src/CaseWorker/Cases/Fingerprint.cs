using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>
/// Tells a retry from another command under the same id: SHA-256 over the canonical JSON of action, case reference, proposals and
/// body. Keys are sorted, numbers and escapes normalised, so a re-serialised retry is still the same command.
/// </summary>
internal static class Fingerprint
{
    private static readonly JsonScratch Scratch = new(new JsonWriterOptions { SkipValidation = true });

    public static byte[] Of(string? action, long caseReference, long? proposedVersion, long? proposedNonce, JsonElement body)
    {
        var meaning = (Action: action, Body: body, Case: caseReference, Nonce: proposedNonce, Version: proposedVersion);
        return SHA256.HashData(Scratch.Write(
            static (writer, meant) =>
            {
                writer.WriteStartObject();
                writer.WriteString("action", meant.Action);
                writer.WritePropertyName("body");
                WriteCanonical(writer, meant.Body);
                writer.WriteString("caseReference", meant.Case.ToString(CultureInfo.InvariantCulture));
                WriteProposal(writer, "proposedNonce", meant.Nonce);
                WriteProposal(writer, "proposedVersion", meant.Version);
                writer.WriteEndObject();
            },
            meaning));
    }

    /// <summary>For a command that cannot be parsed safely: only the very same bytes are the same command.</summary>
    public static byte[] OfBytes(ReadOnlySpan<byte> command) => SHA256.HashData(command);

    private static void WriteProposal(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteCanonical(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in Sorted(element))
                {
                    WriteName(writer, property);
                    WriteCanonical(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    WriteCanonical(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(new JsonNumber(JsonMarshal.GetRawUtf8Value(element)).Canonical(), skipInputValidation: true);
                break;
            case JsonValueKind.String when JsonRaw.TryGetText(element, out var text):
                writer.WriteStringValue(text);
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(element.GetString());
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static JsonProperty[] Sorted(JsonElement element)
    {
        var properties = new JsonProperty[element.GetPropertyCount()];
        var count = 0;
        foreach (var property in element.EnumerateObject())
        {
            properties[count++] = property;
        }

        Array.Sort(properties, CompareNames);
        return properties;
    }

    /// <summary>By UTF-16 units, as the stored fingerprints are. Bytes have the same order where they are ASCII.</summary>
    private static int CompareNames(JsonProperty left, JsonProperty right) =>
        JsonRaw.TryGetName(left, out var leftName) && JsonRaw.TryGetName(right, out var rightName) && Ascii.IsValid(leftName) && Ascii.IsValid(rightName)
            ? leftName.SequenceCompareTo(rightName)
            : string.CompareOrdinal(left.Name, right.Name);

    private static void WriteName(Utf8JsonWriter writer, JsonProperty property)
    {
        if (JsonRaw.TryGetName(property, out var name))
        {
            writer.WritePropertyName(name);
        }
        else
        {
            writer.WritePropertyName(property.Name);
        }
    }
}
