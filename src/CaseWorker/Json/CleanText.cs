using System.Text;

namespace CaseWorker.Json;

/// <summary>Makes foreign text storable: no NUL, no half surrogate pairs, not longer than said.</summary>
internal static class CleanText
{
    /// <param name="text">Any text: an exception's message, a key, a header.</param>
    /// <param name="maxLength">Characters kept; a cut text ends in an ellipsis.</param>
    public static string Of(string? text, int maxLength = 4_000)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var clean = new StringBuilder(Math.Min(text.Length, maxLength) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maxLength)
            {
                return clean.Append('…').ToString();
            }

            // EnumerateRunes has already turned half a pair into U+FFFD.
            clean.Append(rune.Value == 0 ? Rune.ReplacementChar.ToString() : rune.ToString());
        }

        return clean.ToString();
    }
}
