using CaseWorker.Diagnostics;
using CaseWorker.Persistence;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>
/// Tells all readers of one process that there may be new events: one connection listens for what each batch says when it commits. While
/// that connection is away it tells them every second, so that they look for themselves.
/// </summary>
internal sealed class FeedNotifier(NpgsqlDataSource database, TimeProvider time, ILogger<FeedNotifier> log) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next news. Taken before a page is read, it misses nothing that the page does not have.</summary>
    public Task Next => next.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(() => isAway = false, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isAway)
                {
                    log.FeedNotNotified(error.GetBaseException().Message);
                }

                isAway = true;
                Tell();
                await Task.Delay(PollInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The worker stops.
            }
        }
    }

    private async Task ListenAsync(Action listens, CancellationToken stoppingToken)
    {
        await using var connection = await database.OpenConnectionAsync(stoppingToken);
        await connection.ExecuteAsync(ReadSql.Listen, [], stoppingToken);
        listens();
        while (true)
        {
            // The first time for what was committed before it listened.
            Tell();
            await connection.WaitAsync(stoppingToken);
        }
    }

    private void Tell() => Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
