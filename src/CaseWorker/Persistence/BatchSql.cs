using CaseWorker.Contracts;
using CaseWorker.DeadLetters;

namespace CaseWorker.Persistence;

/// <summary>The statements of a batch: one a table, whatever the number of rows.</summary>
internal static class BatchSql
{
    /// <summary>
    /// Advisory locks cover what does not exist yet: a case before its creation, a command id before its record. The keys come
    /// sorted, and a set-returning function in FROM gives them in that order, so that two batches cannot wait for each other.
    /// </summary>
    public const string Lock = "SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS key";

    /// <summary>Read once the locks are held: a case's times follow its nonces.</summary>
    public const string Now = "SELECT clock_timestamp()";

    /// <summary>Its own statement, after the locks: in the same one it would not see what the lock waited for.</summary>
    public const string FindEvents = """
        SELECT command_id, fingerprint, case_reference, action, correlation_id, actor, nonce, global_nonce, version, changed, recorded_at
        FROM case_events WHERE command_id = ANY ($1::uuid[])
        """;

    public const string FindRefusals = """
        SELECT command_id, fingerprint, outcome, published FROM command_refusals WHERE command_id = ANY ($1::uuid[])
        """;

    public const string FindLastEvents = """
        SELECT e.case_reference, e.nonce, e.action, e.actor, e.recorded_at
        FROM unnest($1::bigint[], $2::bigint[]) AS wanted (case_reference, nonce)
        JOIN case_events e ON e.case_reference = wanted.case_reference AND e.nonce = wanted.nonce
        """;

    /// <summary>
    /// A case that has another version by now than was read is not updated, and not given back. A blob that did not change ($3 is null)
    /// stays where it is.
    /// </summary>
    public const string UpdateCases = """
        UPDATE case_data SET json_blob = coalesce(changed.json_blob::jsonb, case_data.json_blob), version = changed.version, nonce = changed.nonce, updated_at = changed.updated_at
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
          AS changed (reference, read_version, json_blob, version, nonce, updated_at)
        WHERE case_data.reference = changed.reference AND case_data.version = changed.read_version
        RETURNING case_data.reference
        """;

    public const string InsertCases = """
        INSERT INTO case_data (reference, json_blob, version, nonce, created_at, updated_at)
        SELECT reference, json_blob::jsonb, version, nonce, created_at, updated_at
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
          AS added (reference, json_blob, version, nonce, created_at, updated_at)
        ON CONFLICT DO NOTHING
        RETURNING reference
        """;

    public const string InsertNotes = """
        INSERT INTO case_notes (case_reference, nonce, body, author, created_at)
        SELECT case_reference, nonce, body, author, $5
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS note (case_reference, nonce, body, author)
        """;

    public const string InsertRefusals = """
        INSERT INTO command_refusals (command_id, case_reference, action, fingerprint, outcome, status, reason, published, recorded_at)
        SELECT command_id, case_reference, action, fingerprint, outcome, status, reason, published::jsonb, $9
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $6::integer[], $7::text[], $8::text[])
          AS refusal (command_id, case_reference, action, fingerprint, outcome, status, reason, published)
        """;

    /// <summary>
    /// The last statement before COMMIT. The head's row lock makes batches commit one after the other from here on, so that global
    /// nonces have no gap and become visible in their order: a reader by number misses nothing. Those that wait for more are told by the
    /// commit itself.
    /// </summary>
    public const string AppendEvents = """
        WITH head AS (
          UPDATE global_head SET nonce = nonce + cardinality($1::uuid[]) RETURNING nonce - cardinality($1::uuid[]) AS before
        ), appended AS (
          INSERT INTO case_events (global_nonce, command_id, case_reference, nonce, action, fingerprint, version, changed, body, actor, correlation_id, blob, recorded_at)
          SELECT head.before + ordinality, command_id, case_reference, nonce, action, fingerprint, version, changed, body::jsonb, actor, correlation_id, blob::jsonb, $12
          FROM head, unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[], $6::bigint[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[])
            WITH ORDINALITY AS event (command_id, case_reference, nonce, action, fingerprint, version, changed, body, actor, correlation_id, blob, ordinality)
        )
        SELECT before, pg_notify('caseworker_events', '') FROM head
        """;

    /// <summary>The dead letters of these commands, as long as they have no outcome.</summary>
    public const string FindLetters = $"""
        SELECT id, command_id, fingerprint, CASE WHEN successor IS NULL THEN state ELSE '{ParkedReasons.Rebased}' END, received_at,
          CASE WHEN state = 'open' THEN (
            SELECT count(*) FROM dead_letters line
            WHERE line.case_reference = letter.case_reference AND {DeadLetterSql.IsParked} AND line.id <= letter.id)
          ELSE 0 END, successor
        FROM dead_letters letter
        WHERE command_id = ANY ($1::uuid[]) AND kind IN ('failed', 'held') AND (state NOT IN ('applied', 'replayed') OR successor IS NOT NULL) AND fingerprint IS NOT NULL
        """;

    public const string FindLines = $"""
        SELECT parked.case_reference, head.command_id, head.reason, (
          SELECT count(*) FROM dead_letters line
          WHERE line.case_reference = parked.case_reference AND {DeadLetterSql.IsParked})
        FROM parked_cases parked JOIN dead_letters head ON head.id = parked.dead_letter_id
        WHERE parked.case_reference = ANY ($1::bigint[])
        """;

    /// <summary>
    /// In their order, which is the order of the line. A command parks once; a message without an id is known again by its bytes when
    /// the broker says it is a redelivery. A case is parked behind the first of it that failed.
    /// </summary>
    public const string InsertDeadLetters = """
        WITH letters AS (
          INSERT INTO dead_letters (kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers, body, digest, fingerprint)
          SELECT kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers::jsonb, body, digest, fingerprint
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[], $14::boolean[])
            WITH ORDINALITY AS letter (kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, headers, body, digest, fingerprint, is_redelivery, ordinality)
          WHERE NOT (is_redelivery AND command_id IS NULL AND EXISTS (SELECT FROM dead_letters known WHERE known.digest = letter.digest))
          ORDER BY ordinality
          ON CONFLICT (command_id) WHERE kind IN ('failed', 'held') DO NOTHING
          RETURNING id, command_id, case_reference, kind, state, received_at
        ), parked AS (
          INSERT INTO parked_cases (case_reference, dead_letter_id)
          SELECT case_reference, min(id) FROM letters WHERE kind = 'failed' AND state = 'open' GROUP BY case_reference
          ON CONFLICT (case_reference) DO NOTHING
        )
        SELECT id, command_id, received_at FROM letters WHERE command_id IS NOT NULL
        """;

    public const string CountOpenLetters = "SELECT count(*) FROM dead_letters WHERE state = 'open'";
}
