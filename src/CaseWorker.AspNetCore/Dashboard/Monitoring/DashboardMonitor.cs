using System.Diagnostics.Metrics;
using CaseWorker.AspNetCore.Diagnostics;
using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Queries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.AspNetCore.Dashboard.Monitoring;

/// <summary>
/// Counts all the time what costs nothing (this worker's own meters, one row and an index of the database every two seconds), and asks
/// who holds what only when somebody looks: at most once a second, for all who look.
/// </summary>
internal sealed class DashboardMonitor : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private readonly ReadDatabase database;
    private readonly QueueDepthReader queues;
    private readonly WorkerName workerName;
    private readonly int slots;
    private readonly TimeProvider time;
    private readonly ILogger<DashboardMonitor> log;
    private readonly MetricsWindow past;
    private readonly MeterListener listener = new();
    private readonly DateTimeOffset since;
    private readonly SemaphoreSlim looking = new(1);
    private volatile Overview? latest;

    public DashboardMonitor(ReadDatabase database, QueueDepthReader queues, WorkerName workerName, IOptions<CaseWorkerOptions> options, IMeterFactory meters, TimeProvider time, ILogger<DashboardMonitor> log)
    {
        (this.database, this.queues, this.workerName, slots, this.time, this.log) = (database, queues, workerName, options.Value.Slots, time, log);
        past = new MetricsWindow(time);
        since = time.GetUtcNow();
        listener.InstrumentPublished = (instrument, watched) =>
        {
            // This worker's own: a test may run several in one process.
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name is CaseWorkerMetrics.CommandsName or CaseWorkerMetrics.DurationName)
            {
                watched.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => past.Took(seconds));
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => past.Answered(OutcomeOf(tags)));
        listener.Start();
    }

    /// <summary>As it is now, or was less than a second ago.</summary>
    public async Task<Overview> LookAsync(CancellationToken cancellationToken)
    {
        await looking.WaitAsync(cancellationToken);
        try
        {
            if (latest is not { } known || time.GetUtcNow() - known.At >= Freshness)
            {
                latest = known = await TakeAsync(cancellationToken);
            }

            return known;
        }
        finally
        {
            looking.Release();
        }
    }

    public override void Dispose()
    {
        listener.Dispose();
        looking.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        (long Nonce, DateTimeOffset At)? before = null;
        do
        {
            try
            {
                var now = await CountAsync(stoppingToken);
                if (before is { } known && time.GetUtcNow() - known.At < MetricsWindow.Step)
                {
                    past.Accepted(now.GlobalNonce - known.Nonce);
                }

                before = (now.GlobalNonce, time.GetUtcNow());
                past.Open(now.Open);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                log.CountersUnavailable(error.GetBaseException().Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<Overview> TakeAsync(CancellationToken cancellationToken)
    {
        var depths = queues.TryReadAsync(cancellationToken);
        IReadOnlyList<SlotStatus> statuses = [];
        DeadLetterCounts? deadLetters = null;
        try
        {
            statuses = await SlotStatuses.ReadAsync(database.Source, slots, cancellationToken);
            deadLetters = await CountAsync(cancellationToken);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            log.OverviewUnavailable(error.GetBaseException().Message);
        }

        var waiting = await depths;
        return new Overview(
            time.GetUtcNow(),
            since,
            workerName.Value,
            past.Read(),
            [.. statuses.Select(status => SlotView.Of(waiting is null ? status : status with { Depth = waiting[status.Slot] }))],
            waiting is not null,
            deadLetters);
    }

    private async Task<DeadLetterCounts> CountAsync(CancellationToken cancellationToken)
    {
        var counts = await StoreCounts.ReadAsync(database, cancellationToken);
        return new DeadLetterCounts(counts.OpenByKind, counts.ParkedCases, counts.OldestOpen, counts.UnfinishedJobs, counts.GlobalNonce);
    }

    private static string OutcomeOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag.Key is "outcome")
            {
                return tag.Value as string ?? "";
            }
        }

        return "";
    }
}
