using System.Text.Json;

namespace CaseWorker.Json;

/// <summary>
/// Names of properties, which recur from command to command: each thread keeps those that it has read, and makes no second string of one.
/// </summary>
internal static class JsonNames
{
    private const int LongestKept = 64;
    private const int MostKept = 1024;

    [ThreadStatic]
    private static HashSet<string>? known;

    /// <summary>The unescaped name at which the reader stands; null if there is no such text.</summary>
    public static string? OrNull(ref Utf8JsonReader reader)
    {
        if (!JsonText.IsWhole(ref reader) || reader.ValueSpan.Length > LongestKept)
        {
            return JsonText.OrNull(ref reader);
        }

        known ??= new HashSet<string>(StringComparer.Ordinal);
        Span<char> buffer = stackalloc char[LongestKept];
        ReadOnlySpan<char> read = buffer[..reader.CopyString(buffer)];
        if (known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(read, out var kept))
        {
            return kept;
        }

        var name = read.ToString();
        if (known.Count < MostKept)
        {
            known.Add(name);
        }

        return name;
    }
}
