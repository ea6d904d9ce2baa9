namespace CaseWorker.Benchmarks.Measuring;

/// <summary>Looks at a process's memory four times a second.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private readonly List<double> samples = [];
    private readonly PeriodicTimer timer = new(TimeSpan.FromMilliseconds(250));
    private readonly Task watching;

    public MemoryWatch(int process) => watching = WatchAsync(process);

    /// <summary>The mean of the last third as a multiple of that of the second; the first is the process's own growing up. Null for a short run.</summary>
    public double? Growth
    {
        get
        {
            lock (samples)
            {
                var third = samples.Count / 3;
                return third < 4 ? null : samples[^third..].Average() / samples[third..(2 * third)].Average();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        timer.Dispose();
        await watching;
    }

    private async Task WatchAsync(int process)
    {
        while (await timer.WaitForNextTickAsync())
        {
            try
            {
                var now = CpuClock.MemoryOf(process);
                lock (samples)
                {
                    samples.Add(now);
                }
            }
            catch (Exception error) when (error is IOException or InvalidOperationException)
            {
                // The process has ended.
                return;
            }
        }
    }
}
