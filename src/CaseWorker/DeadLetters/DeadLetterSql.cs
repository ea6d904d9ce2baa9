using CaseWorker.Persistence;
namespace CaseWorker.DeadLetters;

/// <summary>The statements of operators' work. A case's parked queue is its open dead letters of the kinds failed and held, by id.</summary>
internal static class DeadLetterSql
{
    /// <summary>Of the innermost dead letter.</summary>
    public const string IsParked = DeadLetterTable.IsParked;

    /// <summary>The first of a case's parked queue.</summary>
    public const string FindFirst = $"""
        SELECT id FROM dead_letters WHERE case_reference = $1 AND {IsParked} ORDER BY id LIMIT $2
        """;

    public const string ReadFirst = $"""
        SELECT id, kind, body, headers::text, successor FROM dead_letters
        WHERE case_reference = $1 AND {IsParked} ORDER BY id LIMIT $2
        """;

    /// <summary>$1 ids, $2 the commands that were applied in their place; NULL where it was the dead letter's own.</summary>
    public const string Apply = """
        UPDATE dead_letters SET state = 'applied', successor = done.successor FROM unnest($1::bigint[], $2::uuid[]) AS done (id, successor)
        WHERE dead_letters.id = done.id
        """;

    public const string Publish = "UPDATE dead_letters SET state = 'replayed' WHERE id = ANY ($1::bigint[]) AND state = 'applied'";

    /// <summary>Under the locks of these cases: each waits for the first of its parked queue, or for nothing.</summary>
    public const string MoveHeads = $"""
        WITH heads AS (
          SELECT reference, (SELECT min(id) FROM dead_letters WHERE case_reference = reference AND {IsParked}) AS head
          FROM unnest($1::bigint[]) AS reference
        ), opened AS (
          DELETE FROM parked_cases USING heads WHERE case_reference = reference AND head IS NULL
        )
        INSERT INTO parked_cases (case_reference, dead_letter_id) SELECT reference, head FROM heads WHERE head IS NOT NULL
        ON CONFLICT (case_reference) DO UPDATE SET dead_letter_id = EXCLUDED.dead_letter_id
        """;

    public const string FailAgain = """
        UPDATE dead_letters SET kind = 'failed', reason = $2, detail = $3 WHERE id = $1 AND state = 'open'
        """;

    /// <summary>Applied, but their worker ended before it could say that the outcomes are published.</summary>
    public const string FindUnpublished = """
        SELECT id, kind, body, headers::text, successor FROM dead_letters WHERE state = 'applied' ORDER BY id LIMIT 500
        """;

    public const string HasWork = """
        SELECT EXISTS (SELECT FROM operator_jobs WHERE finished_at IS NULL) OR EXISTS (SELECT FROM dead_letters WHERE state = 'applied')
        """;

    /// <summary>The cases of a job, each with the first of its dead letters that the job is about. A case is left out if nothing of it is parked.</summary>
    public const string CasesOf = """
        SELECT case_reference, min(id) FROM dead_letters
        WHERE id = ANY ($1::bigint[]) AND state <> 'discarded' AND EXISTS (SELECT FROM parked_cases p WHERE p.case_reference = dead_letters.case_reference)
        GROUP BY 1 ORDER BY 2
        """;

    /// <summary>One request at a time looks at the jobs there are: two operators with the same click get one job.</summary>
    public const string LockJobs = "SELECT pg_advisory_xact_lock(1128747858, 2)";

    public const string TryToRun = "SELECT pg_try_advisory_lock(1128747858, 1)";

    public const string StopRunning = "SELECT pg_advisory_unlock(1128747858, 1)";

    /// <summary>Fits <see cref="DeadLetterQuery"/>.</summary>
    public const string Matches = """
        ($1::bigint IS NULL OR case_reference = $1) AND ($2::text IS NULL OR action = $2)
        AND ($3::text IS NULL OR position(lower($3) IN lower(reason || ' ' || detail)) > 0)
        AND ($4::timestamptz IS NULL OR received_at >= $4) AND ($5::timestamptz IS NULL OR received_at < $5)
        AND ($6::text IS NULL OR state = $6) AND ($7::text IS NULL OR kind = $7) AND ($8::bigint[] IS NULL OR id = ANY ($8))
        AND ($9::text IS NULL OR reason = $9)
        """;

    /// <summary>The whole parked queues of all cases that the filter touches, and which dead letters it matches.</summary>
    public const string FindQueued = $"""
        WITH wanted AS (SELECT id, case_reference FROM dead_letters WHERE {Matches} AND {IsParked})
        SELECT id, case_reference, EXISTS (SELECT FROM wanted WHERE wanted.id = queued.id)
        FROM dead_letters queued
        WHERE case_reference IN (SELECT case_reference FROM wanted) AND {IsParked}
        ORDER BY id
        """;

    /// <summary>The numbers and cases of those that can change their state; the case is NULL if they are in no parked queue.</summary>
    public const string FindChangeable = $"""
        SELECT id, CASE WHEN kind IN ('failed', 'held') THEN case_reference END FROM dead_letters WHERE {Matches} AND state = ANY ($10::text[]) ORDER BY id
        """;

    /// <summary>$1 ids, $2 the states they may have, $3 the state they get.</summary>
    public const string ChangeState = """
        UPDATE dead_letters SET state = $3 WHERE id = ANY ($1::bigint[]) AND state = ANY ($2::text[]) RETURNING id
        """;
}
