using CaseWorker.Cases;
using CaseWorker.Contracts;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>case_events</c>: the append-only log. An accepted command is its event. See <see cref="GlobalHead"/> for its numbers.</summary>
internal static class EventLog
{
    public const string FindSql = """
        SELECT command_id, fingerprint, case_reference, action, correlation_id, actor, nonce, global_nonce, version, changed, recorded_at
        FROM case_events WHERE command_id = ANY ($1::uuid[])
        """;

    public const string FindLastEventsSql = """
        SELECT e.case_reference, e.nonce, e.action, e.actor, e.recorded_at
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (case_reference, nonce)
        JOIN case_events e ON e.case_reference = wanted.case_reference AND e.nonce = wanted.nonce
        """;

    /// <summary>
    /// The last statement before COMMIT. The head's row lock makes batches commit one after the other from here on, so that global
    /// nonces have no gap and become visible in their order: a reader by number misses nothing. The commit itself notifies those
    /// who wait for new events.
    /// </summary>
    public const string AppendSql = """
        WITH head AS (
          UPDATE global_head SET nonce = nonce + cardinality($1::uuid[]) WHERE nonce > $13 RETURNING nonce - cardinality($1::uuid[]) AS before
        ), appended AS (
          INSERT INTO case_events (global_nonce, command_id, case_reference, nonce, action, fingerprint, version, changed, body, actor, correlation_id, blob, recorded_at)
          SELECT head.before + ordinality, command_id, case_reference, nonce, action, fingerprint, version, changed, body::jsonb, actor, correlation_id, blob::jsonb, $12
          FROM head, unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[], $6::bigint[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[])
            WITH ORDINALITY AS event (command_id, case_reference, nonce, action, fingerprint, version, changed, body, actor, correlation_id, blob, ordinality)
        )
        SELECT before, pg_notify('caseworker_events', '') FROM head
        """;

    /// <summary>Finds the outcomes of accepted commands. Runs in a statement of its own after the locks: otherwise it would not see what the lock waited for.</summary>
    public static PendingRows<RecordedCommand> Find(StatementPipeline pipeline, Guid[] commandIds) => pipeline.Query(FindSql, ReadRecord, commandIds);

    /// <inheritdoc cref="Find(StatementPipeline, Guid[])"/>
    public static Task<List<RecordedCommand>> FindAsync(NpgsqlConnection connection, Guid[] commandIds, CancellationToken cancellationToken = default) =>
        connection.ListAsync(FindSql, [commandIds], ReadRecord, cancellationToken);

    /// <summary>Finds events by case and nonce.</summary>
    public static PendingRows<(long CaseReference, LastEvent Event)> FindLastEvents(StatementPipeline pipeline, IReadOnlyCollection<(long CaseReference, long Nonce)> keys) => pipeline.Query(
        FindLastEventsSql,
        row => (row.GetInt64(0), new LastEvent(row.GetInt64(1), row.GetString(2), row.TextOrNull(3), row.GetFieldValue<DateTimeOffset>(4))),
        keys.Select(key => key.CaseReference).ToArray(),
        keys.Select(key => key.Nonce).ToArray());

    /// <summary>Appends the events of accepted commands under the next global nonces, in order.</summary>
    /// <param name="pipeline">Sends the statement.</param>
    /// <param name="accepted">The commands.</param>
    /// <param name="recordedAt">The batch's time.</param>
    /// <param name="lastSeen">The head is above this number; -1 if it is not known.</param>
    /// <returns>The global nonce before the first of them; no row if there is no head above <paramref name="lastSeen"/>.</returns>
    public static PendingRows<long> Append(StatementPipeline pipeline, IReadOnlyList<AcceptedCommand> accepted, DateTimeOffset recordedAt, long lastSeen) => pipeline.Query(
        AppendSql,
        row => row.GetInt64(0),
        accepted.Select(entry => entry.Command.Id).ToArray(),
        accepted.Select(entry => entry.Command.CaseReference).ToArray(),
        accepted.Select(entry => entry.Decision.After.Nonce).ToArray(),
        accepted.Select(entry => entry.Command.ActionName!).ToArray(),
        accepted.Select(entry => entry.Command.Digest).ToArray(),
        accepted.Select(entry => entry.Decision.After.Version).ToArray(),
        accepted.Select(entry => entry.Decision.Changed).ToArray(),
        accepted.Select(entry => entry.Command.Body.GetRawText()).ToArray(),
        accepted.Select(entry => entry.Command.Actor).ToArray(),
        accepted.Select(entry => entry.Command.CorrelationId).ToArray(),
        accepted.Select(entry => entry.Decision.Changed && entry.Command.Action!.LogsBlob ? entry.Decision.After.Blob.Text : null).ToArray(),
        recordedAt,
        lastSeen);

    private static RecordedCommand ReadRecord(NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        return new RecordedCommand(id, row.GetFieldValue<byte[]>(1), OutcomeComposer.Accepted(
            id,
            caseReference: row.GetInt64(2),
            action: row.GetString(3),
            correlationId: row.TextOrNull(4),
            actor: row.TextOrNull(5),
            nonce: row.GetInt64(6),
            globalNonce: row.GetInt64(7),
            version: row.GetInt64(8),
            changed: row.GetBoolean(9),
            recordedAt: row.GetFieldValue<DateTimeOffset>(10)));
    }
}
