using System.Globalization;
using CaseWorker.Storage;
using Npgsql;

namespace CaseWorker.DeadLetters;

/// <summary>
/// What operators do with dead letters. Each deed is one transaction and writes who did what, when and why into <c>operator_audit</c>.
/// </summary>
internal sealed class OperatorDesk(NpgsqlDataSource database)
{
    /// <param name="filter">Which.</param>
    /// <param name="limit">How many at most; the oldest.</param>
    /// <param name="after">Only those with a greater number: the next page.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<LetterRow>> ListAsync(LetterFilter filter, int limit, long after = 0, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(
            $"SELECT id, kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers::text, body, received_at FROM dead_letters WHERE {LetterSql.Matches} AND id > $11 ORDER BY id LIMIT $10",
            [.. filter.Parameters, limit, after]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<LetterRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new LetterRow(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetGuid(5),
                reader.IsDBNull(6) ? null : reader.GetInt64(6),
                reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.GetString(8),
                reader.GetString(9),
                reader.GetString(10),
                reader.GetFieldValue<byte[]>(11),
                reader.GetFieldValue<DateTimeOffset>(12)));
        }

        return rows;
    }

    /// <summary>How many the filter finds.</summary>
    public async Task<long> CountAsync(LetterFilter filter, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add($"SELECT count(*) FROM dead_letters WHERE {LetterSql.Matches}", filter.Parameters);
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Freezes what the filter finds and asks the workers to replay it. What another job has to do already is left to that one, so that a
    /// second click changes nothing.
    /// </summary>
    public async Task<ReplayRequest> ReplayAsync(Deed deed, LetterFilter filter, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, transaction, LetterSql.LockJobs);
        var lines = await LinesAsync(connection, transaction, filter, cancellationToken);
        var wanted = lines.Where(letter => letter.IsWanted).Select(letter => letter.Id).ToList();
        var blocked = lines.GroupBy(letter => letter.Case).SelectMany(line => line.SkipWhile(letter => letter.IsWanted).Where(letter => letter.IsWanted)).Select(letter => letter.Id).ToHashSet();
        var busy = await OverlappingAsync(connection, transaction, wanted, cancellationToken);
        var taken = busy.SelectMany(job => job.Letters).ToHashSet();
        var ids = wanted.Where(id => !blocked.Contains(id) && !taken.Contains(id)).ToArray();
        var job = Guid.CreateVersion7();
        if (ids.Length > 0)
        {
            await ExecuteAsync(connection, transaction, LetterSql.InsertJob, job, deed.Operator, deed.Reason, filter.ToJson(), (long)ids.Length, ids);
        }

        var result = ids.Length > 0 ? $"job {job} of {ids.Length}" : "nothing to do";
        await AuditAsync(connection, transaction, deed, "replay", filter, ids, result);
        await transaction.CommitAsync(cancellationToken);
        return new ReplayRequest(ids.Length > 0 ? job : null, ids, [.. blocked.Order()], busy);
    }

    /// <summary>Sets aside what the filter finds. A case whose whole line is discarded goes on.</summary>
    /// <returns>Those that were discarded now.</returns>
    public Task<IReadOnlyList<long>> DiscardAsync(Deed deed, LetterFilter filter, CancellationToken cancellationToken = default) =>
        ChangeAsync(deed, "discard", filter with { State = LetterStates.Open }, [LetterStates.Open], LetterStates.Discarded, cancellationToken);

    /// <summary>Puts back what was discarded or skipped, at its old place; its case waits again.</summary>
    /// <returns>Those that were restored now.</returns>
    public Task<IReadOnlyList<long>> RestoreAsync(Deed deed, LetterFilter filter, CancellationToken cancellationToken = default) =>
        ChangeAsync(deed, "restore", filter, [LetterStates.Discarded, LetterStates.Skipped], LetterStates.Open, cancellationToken);

    public async Task<IReadOnlyList<JobRow>> JobsAsync(Guid? id = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(
            "SELECT id, kind, state, operator, reason, total, done, failed, detail, requested_at, finished_at FROM operator_jobs WHERE $1::uuid IS NULL OR id = $1 ORDER BY requested_at DESC LIMIT $2",
            id,
            limit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<JobRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new JobRow(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetInt64(5),
                reader.GetInt64(6),
                reader.GetInt64(7),
                reader.IsDBNull(8) ? null : reader.GetString(8),
                reader.GetFieldValue<DateTimeOffset>(9),
                reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10)));
        }

        return rows;
    }

    /// <summary>Asks a job to stop after the letters that it has in hand.</summary>
    /// <returns>False when there is no such job, or it has ended.</returns>
    public async Task<bool> CancelAsync(Deed deed, Guid job, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var count = await ExecuteAsync(connection, transaction, "UPDATE operator_jobs SET state = 'cancelling' WHERE id = $1 AND finished_at IS NULL", job);
        await AuditAsync(connection, transaction, deed, "cancel", new LetterFilter(), [], count > 0 ? $"job {job} is asked to stop" : $"job {job} does not run");
        await transaction.CommitAsync(cancellationToken);
        return count > 0;
    }

    public async Task<IReadOnlyList<AuditRow>> AuditAsync(int limit, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("SELECT id, at, operator, action, filter::text, coalesce(cardinality(ids), 0), reason, result FROM operator_audit ORDER BY id DESC LIMIT $1", limit);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<AuditRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new AuditRow(
                reader.GetInt64(0),
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetString(4),
                reader.GetInt32(5),
                reader.IsDBNull(6) ? null : reader.GetString(6),
                reader.GetString(7)));
        }

        return rows;
    }

    private async Task<IReadOnlyList<long>> ChangeAsync(Deed deed, string action, LetterFilter filter, string[] from, string to, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var found = new List<(long Id, long? Case)>();
        await using (var find = new NpgsqlBatch(connection, transaction))
        {
            find.Add($"SELECT id, CASE WHEN kind IN ('failed', 'held') THEN case_reference END FROM dead_letters WHERE {LetterSql.Matches} AND state = ANY ($10::text[]) ORDER BY id", [.. filter.Parameters, from]);
            await using var reader = await find.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add((reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetInt64(1)));
            }
        }

        // The order in which the lanes lock, too. Under these locks no line moves.
        var cases = found.Select(letter => letter.Case).OfType<long>().Distinct().Order().ToArray();
        var changed = new List<long>();
        await using (var change = new NpgsqlBatch(connection, transaction))
        {
            change.Add(LetterSql.LockCases, cases).Add(LetterSql.ChangeState, found.Select(letter => letter.Id).ToArray(), from, to);
            await using var reader = await change.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                changed.Add(reader.GetInt64(0));
            }
        }

        await ExecuteAsync(connection, transaction, LetterSql.MoveHeads, cases);
        await AuditAsync(connection, transaction, deed, action, filter, [.. changed], string.Create(CultureInfo.InvariantCulture, $"{changed.Count} {to}"));
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    /// <summary>The whole lines of every case that the filter touches, and what of them it wants.</summary>
    private static async Task<List<LineLetter>> LinesAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, LetterFilter filter, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Add(
            $"""
            WITH wanted AS (SELECT id, case_reference FROM dead_letters WHERE {LetterSql.Matches} AND state = 'open' AND kind IN ('failed', 'held'))
            SELECT id, case_reference, EXISTS (SELECT FROM wanted WHERE wanted.id = line.id)
            FROM dead_letters line
            WHERE case_reference IN (SELECT case_reference FROM wanted) AND state = 'open' AND kind IN ('failed', 'held')
            ORDER BY id
            """,
            filter.Parameters);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var letters = new List<LineLetter>();
        while (await reader.ReadAsync(cancellationToken))
        {
            letters.Add(new LineLetter(reader.GetInt64(0), reader.GetInt64(1), reader.GetBoolean(2)));
        }

        return letters;
    }

    private static async Task<List<BusyJob>> OverlappingAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, List<long> ids, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Add(LetterSql.Overlapping, ids.ToArray());
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var jobs = new List<BusyJob>();
        while (await reader.ReadAsync(cancellationToken))
        {
            jobs.Add(new BusyJob(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<long[]>(3)));
        }

        return jobs;
    }

    private static Task<int> AuditAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Deed deed, string action, LetterFilter filter, long[] ids, string result) =>
        ExecuteAsync(connection, transaction, LetterSql.InsertAudit, deed.Operator, action, filter.ToJson(), ids, deed.Reason, result);

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, string sql, params object[] values)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.Add(sql, values);
        return await batch.ExecuteNonQueryAsync();
    }

    private sealed record LineLetter(long Id, long Case, bool IsWanted);
}

/// <summary>Who does something, and why.</summary>
internal sealed record Deed(string Operator, string Reason);

/// <summary>A dead letter as operators see it.</summary>
internal sealed record LetterRow(
    long Id,
    string Kind,
    string State,
    string Reason,
    string Detail,
    Guid? CommandId,
    long? CaseReference,
    string? Action,
    string Exchange,
    string RoutingKey,
    string Headers,
    byte[] Body,
    DateTimeOffset ReceivedAt);

/// <summary>What became of a request to replay.</summary>
/// <param name="Job">The new job; null when there is nothing for one to do.</param>
/// <param name="Letters">What it will replay.</param>
/// <param name="Blocked">Left out: each stands behind another of its case that was not chosen.</param>
/// <param name="Busy">Jobs that have some of it to do already.</param>
internal sealed record ReplayRequest(Guid? Job, IReadOnlyList<long> Letters, IReadOnlyList<long> Blocked, IReadOnlyList<BusyJob> Busy);

/// <summary>A job that has not ended.</summary>
internal sealed record BusyJob(Guid Id, string Operator, DateTimeOffset RequestedAt, IReadOnlyList<long> Letters);

/// <summary>A job as operators see it.</summary>
internal sealed record JobRow(
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

/// <summary>What an operator did.</summary>
internal sealed record AuditRow(long Id, DateTimeOffset At, string Operator, string Action, string? Filter, int Letters, string? Reason, string Result);
