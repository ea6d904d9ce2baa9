namespace CaseWorker.RabbitMq;

/// <summary>The pause before the next attempt. It doubles with each failed attempt up to a limit; part of it is random, so that several callers do not retry in step.</summary>
/// <param name="first">The longest pause after the first failed attempt.</param>
/// <param name="longest">The limit.</param>
/// <param name="jitter">The random part: 0.25 draws from the last quarter of the range, 1 from all of it.</param>
/// <param name="random">Where the random part comes from.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, double jitter, Random random)
{
    /// <summary>For servers that are away: 100 ms, doubling, at most 10 s.</summary>
    public static Backoff Default { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), jitter: 0.25, Random.Shared);

    /// <summary>Timers know nothing shorter.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>The pause after a failed attempt.</summary>
    /// <param name="attempt">Its number: 1, 2, 3 …</param>
    public TimeSpan DelayAfter(int attempt)
    {
        var delay = RangeAfter(attempt) * (1 - (jitter * random.NextDouble()));
        return delay > Shortest ? delay : Shortest;
    }

    /// <summary>The longest pause that can follow a failed attempt.</summary>
    /// <param name="attempt">Its number: 1, 2, 3 …</param>
    public TimeSpan RangeAfter(int attempt) => attempt <= 30 && first * (1L << (attempt - 1)) is var range && range < longest ? range : longest;
}
