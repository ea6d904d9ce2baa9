using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Formatting;

/// <summary>Foreign text where Spectre.Console reads markup.</summary>
internal static class SafeMarkup
{
    /// <param name="text">Any text.</param>
    /// <param name="maxLength">Characters kept; longer text is cut and ends in an ellipsis.</param>
    /// <returns>One line without control characters, with markup escaped.</returns>
    public static string Of(string? text, int maxLength = 500) => Markup.Escape(SafeText.OneLine(text, maxLength));
}
