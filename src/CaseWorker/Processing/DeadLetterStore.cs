using CaseWorker.Diagnostics;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.Processing;

/// <summary>Keeps messages that never reach a batch worker. Waits for the database as long as it takes.</summary>
internal sealed class DeadLetterStore(NpgsqlDataSource database, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<DeadLetterStore> log)
{
    /// <param name="deadLetter">What to keep.</param>
    /// <param name="isStillWanted">Asked before each new try; false ends the waiting, since the message will come again.</param>
    public async Task AddAsync(DeadLetter deadLetter, Func<bool> isStillWanted)
    {
        for (var attempt = 1; isStillWanted(); attempt++)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync();
                var pipeline = new StatementPipeline(connection, transaction: null);
                DeadLetterTable.Insert(pipeline, [deadLetter]);
                await pipeline.SendAsync();
                log.DeadLettered(deadLetter.Kind, deadLetter.Detail);
                return;
            }
            catch (Exception error) when (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                var delay = Backoff.Default.DelayAfter(attempt);
                log.DeadLetterNotStored(error, deadLetter.Kind, delay);
                await Task.Delay(delay, time, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
