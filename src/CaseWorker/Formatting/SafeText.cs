using System.Globalization;
using System.Text;

namespace CaseWorker.Formatting;

/// <summary>Foreign text for a terminal: what came in a message may hold escape sequences.</summary>
internal static class SafeText
{
    /// <summary>One line without control, format and private characters; a line break becomes a space.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maxLength">Characters kept; a cut text ends in an ellipsis.</param>
    public static string OneLine(string? text, int maxLength = 500)
    {
        var clean = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maxLength)
            {
                return clean.Append('…').ToString();
            }

            if (rune.Value is '\n' or '\r' or '\t')
            {
                clean.Append(' ');
            }
            else
            {
                clean.Append(IsHarmless(rune) ? rune.ToString() : "\uFFFD");
            }
        }

        return clean.ToString();
    }

    /// <summary>Several lines: line breaks and nothing else of the control characters is kept.</summary>
    public static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => OneLine(line.TrimEnd('\r'), int.MaxValue)));

    /// <summary>Format characters can turn the direction of a line round; only the two joiners stay, which some scripts and emoji need.</summary>
    private static bool IsHarmless(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
