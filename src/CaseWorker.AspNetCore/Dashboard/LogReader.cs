using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.DeadLetters;
using Npgsql;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>Jobs and audit, the newest first.</summary>
internal sealed class LogReader(DashboardDatabase database)
{
    public const int PageSize = 50;

    /// <summary>Rows of the audit in which a dead letter's entries are looked for.</summary>
    private const int SearchedAudit = 20_000;

    private const string AuditColumns = "id, at, operator, action, coalesce(cardinality(ids), 0)::bigint, reason, result";

    /// <param name="before">Only those asked for before this one; null for the newest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<JobLine>> JobsAsync(Guid? before, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {JobRow.Columns} FROM operator_jobs
        WHERE $1::uuid IS NULL OR (requested_at, id) < (SELECT requested_at, id FROM operator_jobs WHERE id = $1)
        ORDER BY requested_at DESC, id DESC LIMIT {PageSize + 1}
        """,
        [before],
        JobOf,
        cancellationToken);

    public async Task<JobLine?> JobAsync(Guid id, CancellationToken cancellationToken) =>
        await database.ListAsync($"SELECT {JobRow.Columns} FROM operator_jobs WHERE id = $1", [id], JobOf, cancellationToken) is [var job] ? job : null;

    public Task<List<DeadLetterLine>> DeadLettersOfJobAsync(Guid id, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {DeadLetterPageReader.Columns} FROM dead_letters l
        WHERE id = ANY ((SELECT ids FROM operator_jobs WHERE id = $1)::bigint[]) ORDER BY id LIMIT 100
        """,
        [id],
        DeadLetterPageReader.LineOf,
        cancellationToken);

    public Task<List<JobLine>> JobsOfDeadLetterAsync(long deadLetter, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {JobRow.Columns} FROM operator_jobs WHERE ids @> ARRAY[$1::bigint] ORDER BY requested_at DESC LIMIT 20",
        [deadLetter],
        JobOf,
        cancellationToken);

    /// <param name="before">Only those with a smaller number; null for the newest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<AuditLine>> AuditAsync(long? before, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {AuditColumns} FROM operator_audit WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT {PageSize + 1}",
        [before],
        AuditOf,
        cancellationToken);

    public Task<List<AuditLine>> AuditOfDeadLettersAsync(long[] deadLetters, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT {AuditColumns} FROM (SELECT * FROM operator_audit ORDER BY id DESC LIMIT {SearchedAudit}) AS newest
        WHERE ids && $1::bigint[] ORDER BY id DESC LIMIT 100
        """,
        [deadLetters],
        AuditOf,
        cancellationToken);

    private static JobLine JobOf(NpgsqlDataReader row) => JobLine.Of(JobRow.Read(row));

    private static AuditLine AuditOf(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetFieldValue<DateTimeOffset>(1),
        row.GetString(2),
        row.GetString(3),
        row.GetInt64(4),
        row.IsDBNull(5) ? null : row.GetString(5),
        row.GetString(6));
}
