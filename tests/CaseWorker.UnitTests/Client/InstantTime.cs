namespace CaseWorker.UnitTests.Client;

/// <summary>A clock on which every pause is over at once, and counts.</summary>
internal sealed class InstantTime : TimeProvider
{
    private readonly Lock gate = new();
    private TimeSpan now;

    /// <summary>What was waited, in order.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + now;

    public void Advance(TimeSpan time) => now += time;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            Pauses.Add(dueTime);
            now += dueTime;
        }

        return TimeProvider.System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
