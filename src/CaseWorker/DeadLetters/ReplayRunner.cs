using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Persistence;
using CaseWorker.Persistence.Schema;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaseWorker.DeadLetters;

/// <summary>
/// Works off what operators asked for, one job after the other, in one worker at a time. All that it knows is in the database: another
/// worker goes on where this one ends. Cases are parked meanwhile, so that the batch workers put new commands behind the replay.
/// </summary>
internal sealed class ReplayRunner(
    NpgsqlDataSource database,
    ParkedQueueReplay replay,
    IOutcomePublisher publisher,
    SchemaGuard schema,
    ProcessingHealth health,
    IOptions<CaseWorkerOptions> options,
    TimeProvider time,
    ILogger<ReplayRunner> log) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a stopping worker still waits for a database that does not answer; what it then lets go of is in the database.</summary>
    private static readonly TimeSpan PatienceWhileStopping = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var impatience = new CancellationTokenSource();
        await using var stopping = stoppingToken.Register(() => impatience.CancelAfter(PatienceWhileStopping));
        await schema.SchemaReady.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Tick, time);
        var failures = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken).WaitAsync(impatience.Token);
                health.ReportHealthy(ProcessingHealth.Replay);
                failures = 0;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Report(error.GetBaseException().Message, isFirst: failures == 0);
                await Task.Delay(Backoff.Default.DelayAfter(++failures), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The first failure is a warning; those that follow it are not worth one each.</summary>
    private void Report(string error, bool isFirst)
    {
        if (isFirst)
        {
            log.ReplayUnavailable(error);
        }
        else
        {
            log.ReplayStillUnavailable(error);
        }
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        await using var connection = await database.OpenConnectionAsync(stoppingToken);
        if (!await connection.AskAsync<bool>(DeadLetterSql.HasWork, [], CancellationToken.None) || !await connection.AskAsync<bool>(DeadLetterSql.TryToRun, [], CancellationToken.None))
        {
            return;
        }

        try
        {
            while (await replay.FindUnpublishedAsync() is { Count: > 0 } left)
            {
                await PublishAsync(connection, left, stoppingToken);
            }

            while (await JobTable.TakeNextAsync(connection) is { } job)
            {
                await RunAsync(connection, job, stoppingToken);
            }
        }
        finally
        {
            await connection.AskAsync<bool>(DeadLetterSql.StopRunning, [], CancellationToken.None);
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, JobOrder job, CancellationToken stoppingToken)
    {
        log.JobStarted(job.Id, job.Kind, job.DeadLetters.Count);
        if (job.Kind is JobKinds.Edit && !options.Value.EditDeadLetters)
        {
            log.JobRefused(job.Id);
            await JobTable.RefuseAsync(connection, job.Id, "Editing dead letters is off at the worker that took the job.");
            return;
        }

        foreach (var (reference, first) in await connection.ListAsync(DeadLetterSql.CasesOf, [job.DeadLetters.ToArray()], row => (row.GetInt64(0), row.GetInt64(1)), CancellationToken.None))
        {
            if (!await ReplayAsync(connection, job, reference, first, stoppingToken))
            {
                break;
            }
        }

        await JobTable.FinishAsync(connection, job.Id);
        log.JobFinished(job.Id);
    }

    /// <returns>False if the job is cancelled.</returns>
    private Task<bool> ReplayAsync(NpgsqlConnection connection, JobOrder job, long reference, long first, CancellationToken stoppingToken)
    {
        var steps = new CaseReplay(
            () => JobTable.IsCancelledAsync(connection, job.Id),
            limit => replay.StepAsync(job, reference, first, limit),
            applied => PublishAsync(connection, applied, stoppingToken),
            async error =>
            {
                await replay.FailAsync(job.Id, reference, error);
                log.JobStoppedAtCase(job.Id, reference, error.GetBaseException().Message);
            });
        return steps.RunAsync(stoppingToken);
    }

    private async Task PublishAsync(NpgsqlConnection connection, IReadOnlyList<AppliedDeadLetter> applied, CancellationToken stoppingToken)
    {
        if (await publisher.PublishAsync(ProcessingHealth.Replay, [.. applied.Select(deadLetter => new OutcomeToPublish(deadLetter.Message, () => !stoppingToken.IsCancellationRequested))]))
        {
            await connection.ExecuteAsync(DeadLetterSql.Publish, [applied.Select(deadLetter => deadLetter.Id).ToArray()], CancellationToken.None);
        }

        stoppingToken.ThrowIfCancellationRequested();
    }
}
