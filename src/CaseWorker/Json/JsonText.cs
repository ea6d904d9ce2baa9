using System.Buffers.Text;
using System.Text.Json;

namespace CaseWorker.Json;

/// <summary>
/// Reads JSON texts that may hold half of a surrogate pair, which JSON allows and no string can say. The reader throws at them; a message
/// of nothing else would cost more in exceptions than a thousand others.
/// </summary>
internal static class JsonText
{
    /// <summary>The unescaped text of a string or a property name; null if there is no such text.</summary>
    public static string? OrNull(ref Utf8JsonReader reader) => IsWhole(ref reader) ? reader.GetString() : null;

    /// <summary>Whether the text can be unescaped.</summary>
    public static bool IsWhole(ref Utf8JsonReader reader) => !reader.ValueIsEscaped || !HasHalfPair(reader.ValueSpan);

    /// <param name="escaped">The text exactly as in valid JSON of valid UTF-8: only an escape can be half a pair.</param>
    private static bool HasHalfPair(ReadOnlySpan<byte> escaped)
    {
        for (var at = escaped.IndexOf((byte)'\\'); at >= 0; at = escaped.IndexOf((byte)'\\'))
        {
            var unit = UnitAt(escaped[at..]);
            escaped = escaped[(at + (unit is null ? 2 : 6))..];
            if (unit is >= 0xDC00 and <= 0xDFFF)
            {
                return true;
            }

            if (unit is >= 0xD800 and <= 0xDBFF)
            {
                if (UnitAt(escaped) is not (>= 0xDC00 and <= 0xDFFF))
                {
                    return true;
                }

                escaped = escaped[6..];
            }
        }

        return false;
    }

    /// <summary>The UTF-16 unit of an escape such as <c>\u00e9</c> at the start; null if none starts here.</summary>
    private static int? UnitAt(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text[0] == '\\' && text[1] == 'u' && Utf8Parser.TryParse(text[2..6], out int unit, out var read, 'x') && read == 4 ? unit : null;
}
