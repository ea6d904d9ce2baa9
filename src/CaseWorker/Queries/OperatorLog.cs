using CaseWorker.Persistence;

namespace CaseWorker.Queries;

/// <summary>Jobs and audit for the dashboard, newest first.</summary>
internal sealed class OperatorLog(ReadDatabase database)
{
    /// <param name="before">Only those asked for before this one; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<OperatorJob>> JobsAsync(Guid? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => JobTable.ListAsync(connection, before, limit, cancellationToken), cancellationToken);

    /// <summary>Finds a job; null if there is none.</summary>
    public Task<OperatorJob?> JobAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => JobTable.FindAsync(connection, id, cancellationToken), cancellationToken);

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
    public Task<List<OperatorJob>> JobsOfDeadLetterAsync(long deadLetter, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => JobTable.ListOfDeadLetterAsync(connection, deadLetter, cancellationToken), cancellationToken);

    /// <param name="before">Only those with a smaller number; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<AuditEntry>> AuditAsync(long? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => AuditTable.ListAsync(connection, before, limit, cancellationToken), cancellationToken);

    /// <summary>The last hundred entries about a dead letter.</summary>
    public Task<List<AuditEntry>> AuditOfDeadLetterAsync(long deadLetter, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => AuditTable.ListOfDeadLetterAsync(connection, deadLetter, cancellationToken), cancellationToken);
}
