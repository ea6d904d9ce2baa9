using System.Diagnostics;
using CaseWorker.Benchmarks.Measuring;

namespace CaseWorker.Benchmarks.Ceilings;

/// <summary>
/// What the disk under the servers can do at most at a steady rate: one page is written and synced for each command, in a file that does not
/// grow. No promise of durability can be faster, and both servers make one for every command.
/// </summary>
internal static class DiskCeiling
{
    /// <summary>A page of PostgreSQL's log.</summary>
    private const int PageBytes = 8 * 1024;

    /// <summary>As long as one of PostgreSQL's log files.</summary>
    private const int Pages = 2 * 1024;

    public static async Task<Measurement> MeasureAsync(Measurement blank, string folder, double perSecond, double seconds, CancellationToken stop)
    {
        var path = Path.Combine(folder, "disk-ceiling");
        await File.WriteAllBytesAsync(path, new byte[PageBytes * Pages], stop);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose);
        RandomAccess.FlushToDisk(file);

        var page = new byte[PageBytes];
        var latencies = new double[(int)(perSecond * seconds)];
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var number = 0; number < latencies.Length; number++)
        {
            // From the moment when it was due: whoever waits behind a stalled write is late too.
            var due = started + (long)(number / perSecond * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < due)
            {
                await tick.WaitForNextTickAsync(stop);
            }

            RandomAccess.Write(file, page, (long)(number % Pages) * PageBytes);
            RandomAccess.FlushToDisk(file);
            latencies[number] = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
        }

        return blank with { Commands = latencies.Length, PerSecond = latencies.Length / Stopwatch.GetElapsedTime(started).TotalSeconds, Latency = Latency.Of(latencies) };
    }
}
