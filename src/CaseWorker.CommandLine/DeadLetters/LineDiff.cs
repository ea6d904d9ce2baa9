using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What changes between two texts, line by line.</summary>
internal static class LineDiff
{
    /// <returns>Every line with a sign before it: a space if it stays, a minus if it goes, a plus if it is new.</returns>
    public static IReadOnlyList<string> Of(string before, string after) =>
        [.. InlineDiffBuilder.Diff(before, after, ignoreWhiteSpace: false).Lines.Select(line => SignOf(line.Type) + line.Text)];

    private static string SignOf(ChangeType type) => type switch
    {
        ChangeType.Inserted => "+",
        ChangeType.Deleted => "-",
        _ => " ",
    };
}
