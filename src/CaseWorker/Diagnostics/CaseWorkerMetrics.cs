using System.Diagnostics.Metrics;

namespace CaseWorker.Diagnostics;

/// <summary>The worker's instruments, under the meter <c>caseworker</c>.</summary>
internal sealed class CaseWorkerMetrics
{
    public const string MeterName = "caseworker";
    public const string CommandsName = "caseworker.commands";
    public const string DurationName = "caseworker.command.duration";

    /// <summary>Seconds, 1 ms to 60 s: OpenTelemetry's default buckets are made for milliseconds and would put everything into the first.</summary>
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private static readonly InstrumentAdvice<int> Sizes = new() { HistogramBucketBoundaries = [1, 2, 5, 10, 25, 50, 100, 200, 400, 1000, 2000] };

    private readonly TimeProvider time;
    private readonly Counter<long> commands;
    private readonly Histogram<double> latency;
    private readonly Histogram<int> batchSize;
    private readonly Histogram<double> batchDuration;
    private readonly Counter<long> retries;
    private readonly Counter<long> deadLetters;

    public CaseWorkerMetrics(IMeterFactory meters, TimeProvider time)
    {
        this.time = time;
        var meter = meters.Create(MeterName);
        commands = meter.CreateCounter<long>(CommandsName, "{command}", "Commands answered, by action and outcome; a repeat is an earlier outcome given again.");
        latency = meter.CreateHistogram<double>(DurationName, "s", "From a command's delivery to its outcome's confirm.", tags: null, Durations);
        batchSize = meter.CreateHistogram<int>("caseworker.batch.size", "{command}", "Commands in a batch.", tags: null, Sizes);
        batchDuration = meter.CreateHistogram<double>("caseworker.batch.duration", "s", "A batch's transaction, failed ones included.", tags: null, Durations);
        retries = meter.CreateCounter<long>("caseworker.retries", "{try}", "Batches and publishes tried again because the database or the broker was away.");
        deadLetters = meter.CreateCounter<long>("caseworker.dead_letters", "{message}", "Messages put into dead_letters by a batch worker.");
    }

    public BatchTimer Batch(int size)
    {
        batchSize.Record(size);
        return new BatchTimer(this);
    }

    public void Retried() => retries.Add(1);

    /// <summary>A command is answered: its outcome is confirmed.</summary>
    /// <param name="action">The name of a registered action; <c>unknown</c> for any other, so that a producer's typing errors do not become time series.</param>
    /// <param name="outcome">The outcome's name, or <c>repeated</c>.</param>
    public void Answered(string action, string outcome) => commands.Add(1, new("action", action), new("outcome", outcome));

    /// <summary>A delivery is done.</summary>
    /// <param name="duration">From its delivery until now.</param>
    public void Completed(TimeSpan duration) => latency.Record(duration.TotalSeconds);

    /// <summary>A message became a dead letter.</summary>
    public void DeadLettered() => deadLetters.Add(1);

    internal readonly struct BatchTimer(CaseWorkerMetrics metrics) : IDisposable
    {
        private readonly long started = metrics.time.GetTimestamp();

        public void Dispose() => metrics.batchDuration.Record(metrics.time.GetElapsedTime(started).TotalSeconds);
    }
}
