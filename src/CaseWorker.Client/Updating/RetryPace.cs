namespace CaseWorker.Client.Updating;

/// <summary>
/// How long to wait before the next attempt. A conflict says that somebody else has just won, so the first retry comes nearly at once; each
/// one that loses again doubles the range, from which the pause is drawn evenly, so that rivals come apart.
/// </summary>
/// <param name="first">The range before the first retry.</param>
/// <param name="longest">The widest range.</param>
internal sealed class RetryPace(TimeSpan first, TimeSpan longest)
{
    /// <summary>For those who lost against others.</summary>
    public static RetryPace Conflicts { get; } = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1));

    /// <summary>For servers that are away.</summary>
    public static RetryPace Outages { get; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));

    /// <param name="attempt">The attempt that failed: 1, 2, 3 …</param>
    public TimeSpan RangeAfter(int attempt) => attempt <= 30 && first * (1L << (attempt - 1)) is var range && range < longest ? range : longest;

    /// <param name="attempt">The attempt that failed: 1, 2, 3 …</param>
    public TimeSpan PauseAfter(int attempt) => TimeSpan.FromMilliseconds(Math.Max(1, RangeAfter(attempt).TotalMilliseconds * Random.Shared.NextDouble())); // timers know nothing shorter
}
