namespace CaseWorker.AspNetCore.Dashboard.Monitoring;

/// <summary>The last ten minutes in steps of ten seconds, in memory. Batch workers write into it: no lock is waited for there.</summary>
internal sealed class MetricsWindow(TimeProvider time)
{
    public const int Steps = 60;
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly Bucket?[] ring = new Bucket?[Steps];

    /// <summary>By all workers, as the global number tells.</summary>
    public void Accepted(long count) => Interlocked.Add(ref Now().Accepted, count);

    /// <summary>By this worker.</summary>
    public void Answered(string outcome)
    {
        var bucket = Now();
        switch (outcome)
        {
            case "conflicted":
                Interlocked.Increment(ref bucket.Conflicted);
                break;
            case "rejected":
                Interlocked.Increment(ref bucket.Rejected);
                break;
        }
    }

    public void Took(double seconds) => Now().Latency.Add(seconds);

    public void Open(long deadLetters) => Interlocked.Exchange(ref Now().DeadLetters, deadLetters);

    /// <summary>Oldest first; the step under way is not among them.</summary>
    public IReadOnlyList<Sample> Read()
    {
        var now = IndexOf(time.GetUtcNow());
        return [.. Enumerable.Range(1, Steps - 1).Select(back => MomentOf(now - Steps + back)).ToList()];
    }

    private Sample MomentOf(long index)
    {
        var at = new DateTimeOffset(index * Step.Ticks, TimeSpan.Zero);
        if (Volatile.Read(ref ring[index % Steps]) is not { } bucket || bucket.Index != index)
        {
            return new Sample(at, null, null, null, null, null, null);
        }

        // A step in which nobody could look has no figures of the database.
        var deadLetters = Interlocked.Read(ref bucket.DeadLetters);
        return new Sample(
            at,
            deadLetters < 0 ? null : Interlocked.Read(ref bucket.Accepted) / Step.TotalSeconds,
            Interlocked.Read(ref bucket.Conflicted),
            Interlocked.Read(ref bucket.Rejected),
            bucket.Latency.Quantile(0.5),
            bucket.Latency.Quantile(0.99),
            deadLetters < 0 ? null : deadLetters);
    }

    private Bucket Now()
    {
        var index = IndexOf(time.GetUtcNow());
        ref var place = ref ring[index % Steps];
        var bucket = Volatile.Read(ref place);
        if (bucket?.Index == index)
        {
            return bucket;
        }

        var next = new Bucket(index);
        var before = Interlocked.CompareExchange(ref place, next, bucket);
        return ReferenceEquals(before, bucket) ? next : before!;
    }

    private static long IndexOf(DateTimeOffset at) => at.UtcTicks / Step.Ticks;

    private sealed class Bucket(long index)
    {
        public long Accepted;
        public long Conflicted;
        public long Rejected;
        public long DeadLetters = -1;

        public long Index => index;

        public LatencyBins Latency { get; } = new();
    }
}

/// <summary>Ten seconds. Null: not known.</summary>
/// <param name="At">When it began.</param>
/// <param name="AcceptedPerSecond">By all workers.</param>
/// <param name="Conflicted">By this worker.</param>
/// <param name="Rejected">By this worker.</param>
/// <param name="Median">Seconds from delivery to the outcome's confirm, this worker.</param>
/// <param name="Slow">Seconds within which 99 % were done.</param>
/// <param name="OpenDeadLetters">Dead letters that nobody has dealt with.</param>
public sealed record Sample(DateTimeOffset At, double? AcceptedPerSecond, long? Conflicted, long? Rejected, double? Median, double? Slow, long? OpenDeadLetters);
