using CaseWorker.Cases;
using CaseWorker.Contracts;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>dead_letters</c> and its heads in <c>parked_cases</c>. A case's parked queue is its open dead letters of the kinds failed and held, by id.</summary>
internal static class DeadLetterTable
{
    /// <summary>Whether the innermost dead letter stands in the parked queue of its case.</summary>
    public const string IsParked = "state = 'open' AND kind IN ('failed', 'held')";

    /// <summary>Read by <see cref="Read"/>.</summary>
    public const string Columns = "id, kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, received_at, successor, headers::text, body, digest, fingerprint";

    public const string FindParkedSql = $"""
        SELECT id, command_id, fingerprint, CASE WHEN successor IS NULL THEN state ELSE '{ParkedReasons.Rebased}' END, received_at,
          CASE WHEN state = 'open' THEN (
            SELECT count(*) FROM dead_letters ahead
            WHERE ahead.case_reference = found.case_reference AND {IsParked} AND ahead.id <= found.id)
          ELSE 0 END, successor
        FROM dead_letters found
        WHERE command_id = ANY ($1::uuid[]) AND kind IN ('failed', 'held') AND (state NOT IN ('applied', 'replayed') OR successor IS NOT NULL) AND fingerprint IS NOT NULL
        """;

    public const string FindQueuesSql = $"""
        SELECT parked.case_reference, head.command_id, head.reason, (
          SELECT count(*) FROM dead_letters waiting
          WHERE waiting.case_reference = parked.case_reference AND {IsParked})
        FROM parked_cases parked JOIN dead_letters head ON head.id = parked.dead_letter_id
        WHERE parked.case_reference = ANY ($1::bigint[])
        """;

    /// <summary>
    /// In their order, which is the order of the parked queue. A command parks once; a message that is not parked is recognised by its bytes when
    /// the broker marks it as a redelivery. A case is parked behind its first command that failed.
    /// </summary>
    public const string InsertSql = """
        WITH added AS (
          INSERT INTO dead_letters (kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers, body, digest, fingerprint)
          SELECT kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers::jsonb, body, digest, fingerprint
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[], $14::boolean[])
            WITH ORDINALITY AS given (kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers, body, digest, fingerprint, is_redelivery, ordinality)
          WHERE NOT (is_redelivery AND kind NOT IN ('failed', 'held') AND EXISTS (SELECT FROM dead_letters known WHERE known.digest = given.digest))
          ORDER BY ordinality
          ON CONFLICT (command_id) WHERE kind IN ('failed', 'held') DO NOTHING
          RETURNING id, command_id, case_reference, kind, state, received_at
        ), parked AS (
          INSERT INTO parked_cases (case_reference, dead_letter_id)
          SELECT case_reference, min(id) FROM added WHERE kind = 'failed' AND state = 'open' GROUP BY case_reference
          ON CONFLICT (case_reference) DO NOTHING
        )
        SELECT id, command_id, received_at FROM added WHERE kind IN ('failed', 'held')
        """;

    public const string CountOpenSql = "SELECT count(*) FROM dead_letters WHERE state = 'open'";

    /// <summary>Finds the dead letters of these commands, as long as the commands have no outcome.</summary>
    public static PendingRows<ParkedDeadLetter> FindParked(StatementPipeline pipeline, Guid[] commandIds) => pipeline.Query(FindParkedSql, ReadParked, commandIds);

    /// <inheritdoc cref="FindParked(StatementPipeline, Guid[])"/>
    public static Task<List<ParkedDeadLetter>> FindParkedAsync(NpgsqlConnection connection, Guid[] commandIds, CancellationToken cancellationToken) =>
        connection.ListAsync(FindParkedSql, [commandIds], ReadParked, cancellationToken);

    /// <summary>Finds the parked queues of these cases.</summary>
    public static PendingRows<ParkedQueue> FindQueues(StatementPipeline pipeline, long[] caseReferences) => pipeline.Query(FindQueuesSql, ReadQueue, caseReferences);

    /// <inheritdoc cref="FindQueues(StatementPipeline, long[])"/>
    public static Task<List<ParkedQueue>> FindQueuesAsync(NpgsqlConnection connection, long[] caseReferences, CancellationToken cancellationToken) =>
        connection.ListAsync(FindQueuesSql, [caseReferences], ReadQueue, cancellationToken);

    /// <summary>Inserts dead letters and parks the cases of those that failed.</summary>
    /// <returns>The new rows of parked commands. A command that is a dead letter already has none.</returns>
    public static PendingRows<WrittenDeadLetter> Insert(StatementPipeline pipeline, IReadOnlyCollection<DeadLetter> deadLetters) => pipeline.Query(
        InsertSql,
        row => new WrittenDeadLetter(row.GetInt64(0), row.GetGuid(1), row.GetFieldValue<DateTimeOffset>(2)),
        deadLetters.Select(deadLetter => deadLetter.Kind).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.State).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Reason).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Detail).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.CommandId).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.CaseReference).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Action).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Exchange).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.RoutingKey).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Headers).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Body).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Digest).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.Fingerprint).ToArray(),
        deadLetters.Select(deadLetter => deadLetter.IsRedelivery).ToArray());

    /// <summary>Counts the open dead letters of the whole store.</summary>
    public static PendingRows<long> CountOpen(StatementPipeline pipeline) => pipeline.Query(CountOpenSql, row => row.GetInt64(0));

    /// <summary>Reads a row of <see cref="Columns"/>.</summary>
    public static DeadLetter Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Kind = row.GetString(1),
        State = row.GetString(2),
        Reason = row.GetString(3),
        Detail = row.GetString(4),
        CommandId = row.IsDBNull(5) ? null : row.GetGuid(5),
        CaseReference = row.IsDBNull(6) ? null : row.GetInt64(6),
        Action = row.TextOrNull(7),
        Exchange = row.GetString(8),
        RoutingKey = row.GetString(9),
        ReceivedAt = row.GetFieldValue<DateTimeOffset>(10),
        Successor = row.IsDBNull(11) ? null : row.GetGuid(11),
        Headers = row.GetString(12),
        Body = row.GetFieldValue<byte[]>(13),
        Digest = row.GetFieldValue<byte[]>(14),
        Fingerprint = row.IsDBNull(15) ? null : row.GetFieldValue<byte[]>(15),
    };

    private static ParkedDeadLetter ReadParked(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetGuid(1),
        row.GetFieldValue<byte[]>(2),
        row.GetString(3),
        row.GetInt64(5),
        row.GetFieldValue<DateTimeOffset>(4),
        row.IsDBNull(6) ? null : row.GetGuid(6));

    private static ParkedQueue ReadQueue(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetInt64(3));
}
