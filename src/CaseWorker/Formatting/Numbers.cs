using System.Globalization;

namespace CaseWorker.Formatting;

/// <summary>Numbers as people read them, the same in every country.</summary>
internal static class Numbers
{
    /// <summary>8,672.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>1,312/s; a dash where nothing was measured.</summary>
    public static string Rate(long count, TimeSpan elapsed) =>
        elapsed > TimeSpan.Zero ? $"{Count((long)Math.Round(count / elapsed.TotalSeconds))}/s" : "–";

    /// <summary>4.2 s.</summary>
    public static string Seconds(TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:0.0} s");

    /// <summary>12 ms.</summary>
    public static string Milliseconds(TimeSpan elapsed) => string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalMilliseconds:0} ms");

    /// <summary>1 line, 2 lines.</summary>
    public static string Of(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";
}
