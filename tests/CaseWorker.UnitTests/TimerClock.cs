using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace CaseWorker.UnitTests;

/// <summary>A clock that stands still until it is advanced, and signals that somebody has begun to wait on it.</summary>
internal sealed class TimerClock : FakeTimeProvider
{
    private readonly Channel<bool> waits = Channel.CreateUnbounded<bool>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.Writer.TryWrite(true);
        return timer;
    }

    /// <summary>Completes when the next wait has begun.</summary>
    /// <exception cref="TimeoutException">Nothing waits on the clock.</exception>
    public Task WaitBegunAsync() => waits.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
}
