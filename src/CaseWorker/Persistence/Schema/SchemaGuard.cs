using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Lets the worker start only on the schema it was built for; waits for a database that is not up yet.</summary>
internal sealed class SchemaGuard(SchemaCheck check, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SchemaGuard> log) : IHostedService
{
    private readonly TaskCompletionSource schemaReady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the schema was found right; the batch workers wait for it.</summary>
    public Task SchemaReady => schemaReady.Task;

    /// <exception cref="SettingException">The schema does not fit.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var problems = await check.FindProblemsAsync(cancellationToken);
                if (problems.Count > 0)
                {
                    throw new SettingException("The worker does not start on this database.\n" + string.Join("\n", problems));
                }

                foreach (var warning in await check.FindWarningsAsync(cancellationToken))
                {
                    log.PromiseWeakened(warning);
                }

                schemaReady.SetResult();
                return;
            }
            catch (NpgsqlException error) when (FailurePolicy.IsTransient(error) && error is not PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidAuthorizationSpecification })
            {
                var delay = Backoff.Default.DelayAfter(attempt);
                log.DatabaseUnavailable(error.GetBaseException().Message, delay.TotalMilliseconds);
                await Task.Delay(delay, time, cancellationToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The other services are starting at the same time and wait for their servers.
                lifetime.StopApplication();
                throw;
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
