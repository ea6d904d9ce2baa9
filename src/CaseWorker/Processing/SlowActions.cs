using System.Collections.Concurrent;

namespace CaseWorker.Processing;

/// <summary>
/// Knows which registered actions take long to decide. Their commands are processed apart from the slots, so that they hold up nothing else. An action
/// that has been fast for a minute is no longer slow.
/// </summary>
internal sealed class SlowActions(TimeProvider time)
{
    /// <summary>One command that takes this long makes its action slow.</summary>
    public static readonly TimeSpan VerySlow = TimeSpan.FromSeconds(1);

    /// <summary>Several commands in a row that take this long make their action slow. A single one may have met a pause of the process.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(20);

    private const int SlowInARow = 3;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Record> records = new(StringComparer.Ordinal);

    /// <summary>Records how long deciding a command took, or has taken so far.</summary>
    public void Report(string action, TimeSpan elapsed)
    {
        if (elapsed < Slow)
        {
            if (records.TryGetValue(action, out var known) && known.InARow > 0)
            {
                records[action] = known with { InARow = 0 };
            }

            return;
        }

        var now = time.GetTimestamp();
        var first = elapsed >= VerySlow ? SlowInARow : 1;
        records.AddOrUpdate(action, new Record(first, now), (_, record) => new Record(record.InARow + first, now) { IsSlow = record.IsSlow || record.InARow + first >= SlowInARow });
        if (first >= SlowInARow)
        {
            records[action] = new Record(first, now) { IsSlow = true };
        }
    }

    public bool IsSlow(string action) => !records.IsEmpty && records.TryGetValue(action, out var record) && record.IsSlow && time.GetElapsedTime(record.At) < Memory;

    private sealed record Record(int InARow, long At)
    {
        public bool IsSlow { get; init; }
    }
}
