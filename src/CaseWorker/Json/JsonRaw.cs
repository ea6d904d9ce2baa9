using System.Runtime.InteropServices;
using System.Text.Json;

namespace CaseWorker.Json;

/// <summary>
/// Texts of a parsed document as the bytes that stand there, where these are the text: most have no escape, and then no string has to be made
/// to compare or copy them.
/// </summary>
internal static class JsonRaw
{
    /// <param name="property">Of a document in memory.</param>
    /// <param name="name">Its name in UTF-8.</param>
    /// <returns>False if the name is written with escapes.</returns>
    public static bool TryGetName(JsonProperty property, out ReadOnlySpan<byte> name)
    {
        name = JsonMarshal.GetRawUtf8PropertyName(property);
        return !name.Contains((byte)'\\');
    }

    /// <param name="element">A string.</param>
    /// <param name="text">It in UTF-8, without its quotes.</param>
    /// <returns>False if it is written with escapes.</returns>
    public static bool TryGetText(JsonElement element, out ReadOnlySpan<byte> text)
    {
        text = JsonMarshal.GetRawUtf8Value(element)[1..^1];
        return !text.Contains((byte)'\\');
    }
}
