using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CaseWorker.Contracts;

/// <summary>
/// Writes a case reference as a JSON string of digits, since JavaScript loses integers above 2^53, and reads a string or a number.
/// </summary>
public sealed class CaseReferenceConverter : JsonConverter<long>
{
    /// <inheritdoc />
    /// <exception cref="JsonException">The value is not a positive 64-bit integer.</exception>
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        long? reference = reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt64(out var number) && number > 0 => number,
            JsonTokenType.String when TryParse(reader.GetString(), out var parsed) => parsed,
            _ => null,
        };
        return reference ?? throw new JsonException("A case reference is a positive 64-bit integer, written as a string of digits.");
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options)
    {
        Guard.NotNull(writer, nameof(writer));
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reads a case reference from text: digits only, 1 to 9223372036854775807.</summary>
    public static bool TryParse(string? text, out long reference) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out reference) && reference > 0;
}
