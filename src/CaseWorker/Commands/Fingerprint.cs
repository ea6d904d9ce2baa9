using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace CaseWorker.Commands;

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
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
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
}
