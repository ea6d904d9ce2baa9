using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>operator_jobs</c>: replays, rebases and edits that the workers carry out.</summary>
internal static class JobTable
{
    private const string Columns = "id, kind, state, operator, reason, total, done, failed, detail, requested_at, finished_at";

    private const string InsertSql = """
        INSERT INTO operator_jobs (id, kind, state, operator, reason, filter, total, ids, changes) VALUES ($1, $2, 'requested', $3, $4, $5::jsonb, cardinality($6::bigint[]), $6, $7::jsonb)
        """;

    /// <summary>Counts what a job has applied, in the transaction that applies it: $1 the job, $2 how many.</summary>
    public const string ProgressSql = "UPDATE operator_jobs SET done = done + $2 WHERE id = $1";

    /// <summary>Counts a case at which a job stopped: $1 the job, $2 why.</summary>
    public const string CountFailureSql = "UPDATE operator_jobs SET failed = failed + 1, detail = $2 WHERE id = $1";

    /// <summary>The oldest first.</summary>
    private const string TakeNextSql = """
        UPDATE operator_jobs SET state = CASE state WHEN 'requested' THEN 'running' ELSE state END
        WHERE id = (SELECT id FROM operator_jobs WHERE finished_at IS NULL ORDER BY requested_at, id LIMIT 1)
        RETURNING id, kind, ids, changes::text
        """;

    private const string FinishSql = """
        WITH job AS (
          UPDATE operator_jobs SET state = CASE state WHEN 'cancelling' THEN 'cancelled' ELSE 'finished' END, finished_at = clock_timestamp(),
            detail = coalesce(detail, CASE WHEN state <> 'cancelling' AND failed = 0 AND done < total THEN format('%s of the %s were set aside or applied otherwise before the job came to them.', total - done, total) END)
          WHERE id = $1 AND finished_at IS NULL RETURNING *
        )
        INSERT INTO operator_audit (operator, action, ids, reason, result)
        SELECT operator, kind || '-' || state, ids, reason, format('job %s: %s replayed, %s cases stopped at a command that failed again', id, done, failed) FROM job
        """;

    private const string RefuseSql = """
        WITH job AS (
          UPDATE operator_jobs SET state = 'cancelled', finished_at = clock_timestamp(), detail = $2 WHERE id = $1 AND finished_at IS NULL RETURNING *
        )
        INSERT INTO operator_audit (operator, action, ids, reason, result) SELECT operator, kind || '-cancelled', ids, reason, format('denied: %s', $2) FROM job
        """;

    /// <summary>Adds a job.</summary>
    /// <param name="connection">In a transaction that also writes the audit.</param>
    /// <param name="order">What the job does.</param>
    /// <param name="operator">Who asks for it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="filter">How the dead letters were selected, as JSON.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public static Task<int> InsertAsync(NpgsqlConnection connection, JobOrder order, string @operator, string reason, string filter, CancellationToken cancellationToken) => connection.ExecuteAsync(
        InsertSql, [order.Id, order.Kind, @operator, reason, filter, order.DeadLetters.Order().ToArray(), JobOrder.WriteChanges(order.Changes)], cancellationToken);

    /// <summary>Finds a job; null if there is none.</summary>
    public static async Task<OperatorJob?> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        (await connection.ListAsync($"SELECT {Columns} FROM operator_jobs WHERE id = $1", [id], Read, cancellationToken)).SingleOrDefault();

    /// <summary>Lists jobs, newest first.</summary>
    /// <param name="connection">To the database.</param>
    /// <param name="before">Only those requested before this one; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static Task<List<OperatorJob>> ListAsync(NpgsqlConnection connection, Guid? before, int limit, CancellationToken cancellationToken) => connection.ListAsync(
        $"""
        SELECT {Columns} FROM operator_jobs
        WHERE $1::uuid IS NULL OR (requested_at, id) < (SELECT requested_at, id FROM operator_jobs WHERE id = $1)
        ORDER BY requested_at DESC, id DESC LIMIT $2
        """,
        [before, limit],
        Read,
        cancellationToken);

    /// <summary>Lists the last twenty jobs that have, or had, a dead letter to replay.</summary>
    public static Task<List<OperatorJob>> ListOfDeadLetterAsync(NpgsqlConnection connection, long deadLetter, CancellationToken cancellationToken) => connection.ListAsync(
        $"SELECT {Columns} FROM operator_jobs WHERE ids @> ARRAY[$1::bigint] ORDER BY requested_at DESC LIMIT 20", [deadLetter], Read, cancellationToken);

    /// <summary>Finds jobs that have not ended and have some of these dead letters to replay, with all their dead letters.</summary>
    public static Task<List<(OperatorJob Job, long[] DeadLetters)>> ListOverlappingAsync(NpgsqlConnection connection, long[] deadLetters, CancellationToken cancellationToken) => connection.ListAsync(
        $"SELECT {Columns}, ids FROM operator_jobs WHERE finished_at IS NULL AND ids && $1::bigint[] ORDER BY requested_at",
        [deadLetters],
        row => (Read(row), row.GetFieldValue<long[]>(11)),
        cancellationToken);

    /// <summary>Takes the oldest job that has not ended; null if there is none. A job whose worker died is taken again.</summary>
    public static async Task<JobOrder?> TakeNextAsync(NpgsqlConnection connection) => (await connection.ListAsync(
        TakeNextSql,
        [],
        row => new JobOrder(row.GetGuid(0), row.GetString(1), row.GetFieldValue<long[]>(2).ToHashSet(), JobOrder.ReadChanges(row.TextOrNull(3))))).SingleOrDefault();

    /// <summary>Asks a job to stop.</summary>
    /// <returns>False if there is no such job, or it has ended.</returns>
    public static async Task<bool> CancelAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync("UPDATE operator_jobs SET state = 'cancelling' WHERE id = $1 AND finished_at IS NULL", [id], cancellationToken) > 0;

    /// <summary>Whether a job was asked to stop.</summary>
    public static Task<bool> IsCancelledAsync(NpgsqlConnection connection, Guid id) =>
        connection.AskAsync<bool>("SELECT state = 'cancelling' FROM operator_jobs WHERE id = $1", [id]);

    /// <summary>Ends a job, and records its result in the audit.</summary>
    public static Task<int> FinishAsync(NpgsqlConnection connection, Guid id) => connection.ExecuteAsync(FinishSql, [id]);

    /// <summary>Ends a job that must not be done, and records why in the audit.</summary>
    public static Task<int> RefuseAsync(NpgsqlConnection connection, Guid id, string why) => connection.ExecuteAsync(RefuseSql, [id, why]);

    private static OperatorJob Read(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.GetInt64(5),
        row.GetInt64(6),
        row.GetInt64(7),
        row.TextOrNull(8),
        row.GetFieldValue<DateTimeOffset>(9),
        row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10));
}

/// <summary>A job of an operator, for people and programs.</summary>
internal sealed record OperatorJob(
    Guid Id,
    string Kind,
    string State,
    string Operator,
    string Reason,
    long Total,
    long Done,
    long Failed,
    string? Detail,
    DateTimeOffset RequestedAt,
    DateTimeOffset? FinishedAt);
