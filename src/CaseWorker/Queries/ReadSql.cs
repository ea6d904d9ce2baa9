namespace CaseWorker.Queries;

/// <summary>The statements of readers. Pages go by number, never by offset: the ten-millionth costs what the first costs.</summary>
internal static class ReadSql
{
    /// <summary>Read by <see cref="EventRows"/>.</summary>
    public const string EventColumns = """
        e.global_nonce, e.case_reference, e.nonce, e.version, e.changed, e.action, e.command_id, e.correlation_id, e.actor, e.recorded_at,
        e.body::text, e.blob::text
        """;

    public const string FindCase = "SELECT json_blob::text, version, nonce, created_at, updated_at FROM case_data WHERE reference = $1";

    /// <summary>The last event that is not after a nonce ($2) or a version ($3); the other one is NULL.</summary>
    public const string FindLast = """
        SELECT nonce, version, recorded_at FROM case_events
        WHERE case_reference = $1 AND ($2::bigint IS NULL OR nonce <= $2) AND ($3::bigint IS NULL OR version <= $3)
        ORDER BY nonce DESC LIMIT 1
        """;

    /// <summary>
    /// What makes a case's JSON at a nonce: the last event that says it whole, and the changes after that. An event that changed nothing
    /// leaves the JSON as it is, by the rules, so none of them is read.
    /// </summary>
    public const string FindChanges = """
        SELECT nonce, action, body::text, blob::text FROM case_events
        WHERE case_reference = $1 AND nonce <= $2 AND changed AND nonce >= (
          SELECT max(nonce) FROM case_events
          WHERE case_reference = $1 AND nonce <= $2 AND changed AND (blob IS NOT NULL OR action IN ('case.create', 'case.replace')))
        ORDER BY nonce
        """;

    /// <summary>
    /// The numbers have no gap, so each row leads to the next, and the page ends where its bytes are spent: nothing is read for nothing.
    /// $1 after, $2 events at most, $3 bytes.
    /// </summary>
    public const string ReadFeed = $"""
        WITH RECURSIVE page AS (
          SELECT 1 AS place, e.global_nonce, octet_length(e.body::text) + coalesce(octet_length(e.blob::text), 0) AS bytes
          FROM case_events e WHERE e.global_nonce = $1 + 1
          UNION ALL
          SELECT page.place + 1, e.global_nonce, page.bytes + octet_length(e.body::text) + coalesce(octet_length(e.blob::text), 0)
          FROM page JOIN case_events e ON e.global_nonce = page.global_nonce + 1
          WHERE page.place < $2 AND page.bytes < $3
        )
        SELECT {EventColumns}, (SELECT max(nonce) FROM global_head) FROM page JOIN case_events e USING (global_nonce) ORDER BY page.place
        """;

    /// <summary>The number of the last event. In a damaged store without a head, 0.</summary>
    public const string ReadHead = "SELECT coalesce(max(nonce), 0) FROM global_head";

    /// <summary>$1 the event's number, which exists.</summary>
    public const string ReadCommandOfEvent = "SELECT command_id FROM case_events WHERE global_nonce = $1";

    /// <summary>As <see cref="ReadFeed"/>, of one case ($4).</summary>
    public const string ReadEvents = $"""
        WITH RECURSIVE page AS (
          SELECT 1 AS place, e.nonce, octet_length(e.body::text) + coalesce(octet_length(e.blob::text), 0) AS bytes
          FROM case_events e WHERE e.case_reference = $4 AND e.nonce = $1 + 1
          UNION ALL
          SELECT page.place + 1, e.nonce, page.bytes + octet_length(e.body::text) + coalesce(octet_length(e.blob::text), 0)
          FROM page JOIN case_events e ON e.case_reference = $4 AND e.nonce = page.nonce + 1
          WHERE page.place < $2 AND page.bytes < $3
        )
        SELECT {EventColumns}, (SELECT nonce FROM case_data WHERE reference = $4)
        FROM page JOIN case_events e ON e.case_reference = $4 AND e.nonce = page.nonce ORDER BY page.place
        """;

    /// <summary>One more than is shown ($3), so that it is known whether there are more; $4 bytes.</summary>
    public const string ReadNotes = """
        SELECT nonce, author, body, created_at, there FROM (
          SELECT *, sum(octet_length(body)) OVER (ORDER BY nonce) - octet_length(body) AS before, count(*) OVER () AS there FROM (
            SELECT nonce, author, body, created_at FROM case_notes WHERE case_reference = $1 AND nonce > $2 ORDER BY nonce LIMIT $3
          ) AS page
        ) AS measured
        WHERE before < $4 ORDER BY nonce
        """;

    public const string CaseExists = "SELECT EXISTS (SELECT FROM case_data WHERE reference = $1)";

    public const string FindDeadLetterBody = "SELECT body, headers::text FROM dead_letters WHERE id = $1";

    /// <summary>Sent with every batch that has events, and heard once it is committed.</summary>
    public const string Listen = "LISTEN caseworker_events";
}
