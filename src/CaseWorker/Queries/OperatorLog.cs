using CaseWorker.DeadLetters;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>Jobs and audit for the dashboard, newest first.</summary>
internal sealed class OperatorLog(ReadDatabase database)
{
    /// <summary>Rows of the audit in which a dead letter's entries are looked for.</summary>
    private const int SearchedAudit = 20_000;

    private const string AuditColumns = "id, at, operator, action, filter::text, coalesce(cardinality(ids), 0), reason, result";

    /// <param name="before">Only those asked for before this one; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<JobRow>> JobsAsync(Guid? before, int limit, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {JobRow.Columns} FROM operator_jobs
        WHERE $1::uuid IS NULL OR (requested_at, id) < (SELECT requested_at, id FROM operator_jobs WHERE id = $1)
        ORDER BY requested_at DESC, id DESC LIMIT $2
        """,
        [before, limit],
        JobRow.Read,
        cancellationToken);

    /// <summary>Finds a job; null if there is none.</summary>
    public async Task<JobRow?> JobAsync(Guid id, CancellationToken cancellationToken) =>
        (await database.ListAsync($"SELECT {JobRow.Columns} FROM operator_jobs WHERE id = $1", [id], JobRow.Read, cancellationToken)).SingleOrDefault();

    /// <summary>The first hundred dead letters of a job.</summary>
    public Task<List<DeadLetterSummary>> DeadLettersOfJobAsync(Guid id, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {DeadLetterSummary.Columns} FROM dead_letters l
        WHERE id = ANY ((SELECT ids FROM operator_jobs WHERE id = $1)::bigint[]) ORDER BY id LIMIT 100
        """,
        [id],
        DeadLetterSummary.Read,
        cancellationToken);

    /// <summary>The last twenty jobs that have, or had, a dead letter to replay.</summary>
    public Task<List<JobRow>> JobsOfDeadLetterAsync(long deadLetter, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {JobRow.Columns} FROM operator_jobs WHERE ids @> ARRAY[$1::bigint] ORDER BY requested_at DESC LIMIT 20",
        [deadLetter],
        JobRow.Read,
        cancellationToken);

    /// <param name="before">Only those with a smaller number; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<AuditRow>> AuditAsync(long? before, int limit, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {AuditColumns} FROM operator_audit WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        [before, limit],
        AuditOf,
        cancellationToken);

    /// <summary>The last hundred entries about a dead letter.</summary>
    public Task<List<AuditRow>> AuditOfDeadLetterAsync(long deadLetter, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {AuditColumns} FROM (SELECT * FROM operator_audit ORDER BY id DESC LIMIT {SearchedAudit}) AS newest
        WHERE ids @> ARRAY[$1::bigint] ORDER BY id DESC LIMIT 100
        """,
        [deadLetter],
        AuditOf,
        cancellationToken);

    private static AuditRow AuditOf(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetFieldValue<DateTimeOffset>(1),
        row.GetString(2),
        row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4),
        row.GetInt32(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        row.GetString(7));
}
