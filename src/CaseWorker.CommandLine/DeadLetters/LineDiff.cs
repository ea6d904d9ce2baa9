namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What changes between two texts, line by line, by their longest common subsequence.</summary>
internal static class LineDiff
{
    /// <summary>More lines than this are shown as all gone and all new: the table of the subsequence grows with their product.</summary>
    private const int Limit = 2_000;

    /// <returns>Every line with a sign before it: a space where it stays, a minus where it goes, a plus where it comes.</returns>
    public static IReadOnlyList<string> Of(string before, string after)
    {
        var (old, young) = (before.Split('\n'), after.Split('\n'));
        if (old.Length > Limit || young.Length > Limit)
        {
            return [.. old.Select(line => "-" + line), .. young.Select(line => "+" + line)];
        }

        var common = new int[old.Length + 1, young.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = young.Length - 1; j >= 0; j--)
            {
                common[i, j] = Same(old[i], young[j]) ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        for (var (i, j) = (0, 0); i < old.Length || j < young.Length;)
        {
            if (i < old.Length && j < young.Length && Same(old[i], young[j]))
            {
                lines.Add(" " + old[i]);
                (i, j) = (i + 1, j + 1);
            }
            else if (j == young.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
            {
                lines.Add("-" + old[i++]);
            }
            else
            {
                lines.Add("+" + young[j++]);
            }
        }

        return lines;
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.Ordinal);
}
