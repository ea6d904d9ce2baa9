using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>
/// Tells whether a connection keeps its server process. A pooler in transaction mode lends one for each transaction, so that locks, settings and prepared
/// statements of a session stay behind with somebody else.
/// </summary>
internal sealed class SessionCheck
{
    private const int Rounds = 3;

    /// <summary>Seconds. A pooler with no server process left lets the question wait.</summary>
    private const int AnswerTime = 15;

    private const string ProcessSql = "SELECT pg_backend_pid()";

    private readonly string connectionString;

    /// <param name="connectionString">Npgsql syntax. Connections are made without the worker's own settings, which would stay in the pooler.</param>
    public SessionCheck(string connectionString) =>
        this.connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Multiplexing = false, Pooling = false, MaxAutoPrepare = 0, CommandTimeout = AnswerTime }.ConnectionString;

    /// <summary>A sentence if sessions are not kept; null if they are.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        try
        {
            return await FindProblemAsync(database, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InvalidCatalogName)
        {
            return null; // There is no database yet; the schema check says how to make it.
        }
    }

    private static async Task<string?> FindProblemAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var first = await database.OpenConnectionAsync(cancellationToken);
        await using var second = await database.OpenConnectionAsync(cancellationToken);
        for (var round = 0; round < Rounds; round++)
        {
            if (!await KeepsProcessAsync(first, second, cancellationToken))
            {
                return $"A pooler between the worker and the database {first.Database} lends a session for one transaction only (PgBouncer: pool_mode=transaction). "
                    + "The worker keeps locks and prepared statements in its sessions: connect it to PostgreSQL itself, or use pool_mode=session.";
            }
        }

        return null;
    }

    /// <summary>The second connection's transaction takes the process that the pooler has lent to the first one before.</summary>
    private static async Task<bool> KeepsProcessAsync(NpgsqlConnection first, NpgsqlConnection second, CancellationToken cancellationToken)
    {
        var process = await first.AskAsync<int>(ProcessSql, [], cancellationToken);
        await using var transaction = await second.BeginTransactionAsync(cancellationToken);
        await second.AskAsync<int>(ProcessSql, [], cancellationToken);
        try
        {
            return await first.AskAsync<int>(ProcessSql, [], cancellationToken) == process;
        }
        catch (NpgsqlException error) when (error.InnerException is TimeoutException)
        {
            return false; // The pooler has one process, and the transaction holds it.
        }
    }
}
