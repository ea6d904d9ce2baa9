namespace CaseWorker.AspNetCore.Dashboard.Monitoring;

/// <summary>Counts times in bins that grow by a fifth each, from 0.1 ms to a quarter of an hour: a quantile is right within 10 %.</summary>
internal sealed class LatencyBins
{
    private const double Smallest = 0.0001;
    private const int PerDoubling = 4;

    private readonly long[] bins = new long[23 * PerDoubling];

    public void Add(double seconds)
    {
        var bin = (int)Math.Clamp(Math.Log2(Math.Max(seconds, Smallest) / Smallest) * PerDoubling, 0, bins.Length - 1);
        Interlocked.Increment(ref bins[bin]);
    }

    /// <param name="share">0 to 1.</param>
    /// <returns>Seconds; null if nothing was counted.</returns>
    public double? Quantile(double share)
    {
        var counts = Array.ConvertAll(bins, bin => bin);
        var total = counts.Sum();
        if (total == 0)
        {
            return null;
        }

        var wanted = (long)Math.Ceiling(total * share);
        var bin = 0;
        for (var seen = counts[0]; seen < wanted; seen += counts[bin])
        {
            bin++;
        }

        return Smallest * Math.Pow(2, (bin + 0.5) / PerDoubling);
    }
}
