namespace CaseWorker.RabbitMq;

/// <summary>How long to wait before the next try: 100 ms, doubling, at most 10 s, with jitter so that batch workers do not march in step.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <param name="attempt">The try that failed: 1, 2, 3 …</param>
    public static TimeSpan DelayOf(int attempt)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempt - 1, 16));
        var capped = doubled < Longest ? doubled : Longest;
        return capped * (0.75 + (Random.Shared.NextDouble() * 0.25));
    }
}
