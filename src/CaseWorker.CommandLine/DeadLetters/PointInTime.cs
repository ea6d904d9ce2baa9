using System.Globalization;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>Reads a time from the command line: <c>2026-11-23T09:30:00Z</c>, or <c>90m</c>, <c>12h</c>, <c>3d</c> for that long ago.</summary>
internal static class PointInTime
{
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        if (TryParseAge(text) is { } age)
        {
            time = now - age;
            return true;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    private static TimeSpan? TryParseAge(string text)
    {
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count is not (> 0 and < 100_000))
        {
            return null;
        }

        return text[^1] switch
        {
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            _ => null,
        };
    }
}
