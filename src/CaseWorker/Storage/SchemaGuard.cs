using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.Storage;

/// <summary>Lets the worker start only on the schema it was built for; waits for a database that is not up yet.</summary>
internal sealed class SchemaGuard(SchemaCheck check, ILogger<SchemaGuard> log) : IHostedService
{
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

                return;
            }
            catch (NpgsqlException error) when (Processing.FailurePolicy.IsPassing(error) && error is not PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.InvalidAuthorizationSpecification })
            {
                var delay = Processing.Backoff.DelayOf(attempt);
                log.LogWarning("The database cannot be reached yet ({Error}); trying again in {Delay:N0} ms.", error.GetBaseException().Message, delay.TotalMilliseconds);
                await Task.Delay(delay, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
