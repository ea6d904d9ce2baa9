using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.Processing;

/// <summary>Keeps messages that never reach a lane. Waits for the database as long as it takes.</summary>
internal sealed class DeadLetterStore(NpgsqlDataSource database, IHostApplicationLifetime lifetime, ILogger<DeadLetterStore> log)
{
    /// <param name="letter">What to keep.</param>
    /// <param name="isStillWanted">Asked before each new try; false ends the waiting, since the message will come again.</param>
    public async Task AddAsync(DeadLetter letter, Func<bool> isStillWanted)
    {
        for (var attempt = 1; isStillWanted(); attempt++)
        {
            try
            {
                await using var batch = database.CreateBatch();
                batch.AddDeadLetters([letter]);
                await batch.ExecuteNonQueryAsync();
                log.LogWarning("Dead letter ({Kind}): {Detail}", letter.Kind, letter.Detail);
                return;
            }
            catch (Exception error) when (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                var delay = Backoff.DelayOf(attempt);
                log.LogWarning(error, "A dead letter ({Kind}) cannot be stored yet; trying again in {Delay}.", letter.Kind, delay);
                await Task.Delay(delay, lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
