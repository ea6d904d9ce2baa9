using System.Globalization;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>Finds dead letters for the API and the dashboard. Bytes are read for a single dead letter only: a page of them may be large.</summary>
internal sealed class DeadLetterSearch(ReadDatabase database)
{
    /// <summary>Dead letters that are grouped by cause; more would take too long to look at.</summary>
    public const int GroupedLimit = 20_000;

    private const int CauseLimit = 100;

    /// <summary>
    /// What happened, without what differs from one dead letter to the next: ids and numbers. Digits within a word stay, as in UTF-8 and utf8, and
    /// so does an SQLSTATE, which begins PostgreSQL's sentence: they tell causes apart.
    /// </summary>
    private const string Pattern = """
        regexp_replace(regexp_replace(left(detail, 500), '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '…', 'g'), '(?<![[:alpha:]]-)(?!(?<=^|: )[0-9]{5}: )\m[0-9]+\M', '#', 'g')
        """;

    private const string Cause = $"left(md5(concat_ws('|', kind, reason, action, {Pattern})), 12)";

    private const string OfCause = $"{DeadLetterSql.Matches} AND ($10::text IS NULL OR {Cause} = $10)";

    /// <summary>Finds a page, oldest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="cause">Only those of this cause; null for all.</param>
    /// <param name="after">Only those with a greater number.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<DeadLetterSummary>> ListAsync(DeadLetterQuery filter, string? cause, long after, int limit, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {DeadLetterSummary.Columns} FROM dead_letters l WHERE {OfCause} AND id > $11 ORDER BY id LIMIT $12",
        [.. filter.Parameters, cause, after, limit],
        DeadLetterSummary.Read,
        cancellationToken);

    /// <summary>How many the filter finds.</summary>
    public async Task<long> CountAsync(DeadLetterQuery filter, CancellationToken cancellationToken) =>
        (await database.ListAsync($"SELECT count(*) FROM dead_letters WHERE {DeadLetterSql.Matches}", filter.Parameters, row => row.GetInt64(0), cancellationToken)).Single();

    /// <summary>Finds the head of a case's parked queue, with the exact number of commands in it; null if the case is not parked.</summary>
    public async Task<DeadLettersOfCase?> FindQueueAsync(long reference, CancellationToken cancellationToken) => (await database.ListAsync(
        $"""
        SELECT {DeadLetterSummary.Columns}, queue.waiting, queue.held
        FROM (SELECT min(id) AS head, count(*) AS waiting, count(*) FILTER (WHERE kind = 'held') AS held FROM dead_letters WHERE case_reference = $1 AND {DeadLetterSql.IsParked}) AS queue
        JOIN dead_letters l ON l.id = queue.head
        """,
        [reference],
        row => new DeadLettersOfCase(DeadLetterSummary.Read(row), row.GetInt64(DeadLetterSummary.ColumnCount), row.GetInt64(DeadLetterSummary.ColumnCount + 1)),
        cancellationToken)).SingleOrDefault();

    /// <summary>Groups by case, those first that have waited longest.</summary>
    public Task<List<DeadLettersOfCase>> ByCaseAsync(DeadLetterQuery filter, string? cause, long after, int limit, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        WITH found AS (
          SELECT min(id) AS head, count(*) AS waiting, count(*) FILTER (WHERE kind = 'held') AS held
          FROM dead_letters WHERE {OfCause} GROUP BY case_reference HAVING min(id) > $11 ORDER BY 1 LIMIT $12
        )
        SELECT {DeadLetterSummary.Columns}, waiting, held FROM found JOIN dead_letters l ON l.id = head ORDER BY head
        """,
        [.. filter.Parameters, cause, after, limit],
        row => new DeadLettersOfCase(DeadLetterSummary.Read(row), row.GetInt64(DeadLetterSummary.ColumnCount), row.GetInt64(DeadLetterSummary.ColumnCount + 1)),
        cancellationToken);

    /// <summary>
    /// Groups the first 20,000 by cause, those first that concern most commands. What only waits behind another has no cause of its own: it is
    /// counted under the command that it waits for.
    /// </summary>
    public Task<List<DeadLettersOfCause>> ByCauseAsync(DeadLetterQuery filter, string? cause, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        WITH found AS (
          SELECT id, kind, reason, action, case_reference, received_at, {Pattern} AS pattern, {Cause} AS cause
          FROM dead_letters WHERE {OfCause} AND (kind <> 'held' OR $7 = 'held') ORDER BY id LIMIT {GroupedLimit}
        ), behind AS (
          SELECT head.dead_letter_id AS id, count(*) AS blocked
          FROM parked_cases head JOIN dead_letters waiting ON waiting.case_reference = head.case_reference AND waiting.id <> head.dead_letter_id AND {DeadLetterSql.IsParked}
          WHERE head.dead_letter_id IN (SELECT id FROM found) GROUP BY 1
        )
        SELECT cause, min(kind), min(reason), min(action), min(pattern), count(*), count(DISTINCT case_reference), min(received_at), max(received_at), coalesce(sum(blocked), 0)::bigint, count(blocked)
        FROM found LEFT JOIN behind USING (id)
        GROUP BY cause ORDER BY count(*) + coalesce(sum(blocked), 0) DESC, cause LIMIT {CauseLimit}
        """,
        [.. filter.Parameters, cause],
        row => new DeadLettersOfCause(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            row.TextOrNull(3),
            row.GetString(4),
            row.GetInt64(5),
            row.GetInt64(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetFieldValue<DateTimeOffset>(8),
            row.GetInt64(9),
            row.GetInt64(10)),
        cancellationToken);

    /// <summary>Finds one with the beginning of its bytes; null if there is none.</summary>
    public async Task<DeadLetterExcerpt?> FindAsync(long id, int shownBytes, CancellationToken cancellationToken)
    {
        const int Next = DeadLetterSummary.ColumnCount;
        var found = await database.ListAsync(
            $"SELECT {DeadLetterSummary.Columns}, jsonb_pretty(headers), substring(body FOR $2), octet_length(body)::bigint FROM dead_letters l WHERE id = $1",
            [id, shownBytes],
            row => new DeadLetterExcerpt(
                DeadLetterSummary.Read(row), row.GetString(Next), row.GetFieldValue<byte[]>(Next + 1), row.GetInt64(Next + 2)),
            cancellationToken);
        return found.SingleOrDefault();
    }

    /// <summary>Finds some by their numbers, in order.</summary>
    public Task<List<DeadLetterSummary>> ListAsync(long[] ids, int limit, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT {DeadLetterSummary.Columns} FROM dead_letters l WHERE id = ANY ($1::bigint[]) ORDER BY id LIMIT $2", [ids, limit], DeadLetterSummary.Read, cancellationToken);

    /// <summary>The numbers of what an action would be about if it were done now.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="cause">Only those of this cause; null for all.</param>
    /// <param name="states">The states that the action is for.</param>
    /// <param name="kinds">The kinds that the action is for.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<List<long>> FreezeAsync(DeadLetterQuery filter, string? cause, IReadOnlyCollection<string> states, IReadOnlyCollection<string> kinds, CancellationToken cancellationToken) => database.ListAsync(
        $"SELECT id FROM dead_letters WHERE {OfCause} AND state = ANY ($11::text[]) AND kind = ANY ($12::text[]) ORDER BY id",
        [.. filter.Parameters, cause, states.ToArray(), kinds.ToArray()],
        row => row.GetInt64(0),
        cancellationToken);

    /// <summary>Counts what an action on these would touch.</summary>
    public async Task<SelectionCounts> CountTouchedAsync(long[] ids, CancellationToken cancellationToken) => (await database.ListAsync(
        $"""
        WITH chosen AS (SELECT id, case_reference FROM dead_letters WHERE id = ANY ($1::bigint[]) AND case_reference IS NOT NULL),
        waiting AS (
          SELECT id, case_reference, kind, id = ANY ($1::bigint[]) AS is_chosen,
            bool_and(id = ANY ($1::bigint[])) OVER (PARTITION BY case_reference ORDER BY id) AS is_free,
            bool_or(id = ANY ($1::bigint[])) OVER (PARTITION BY case_reference ORDER BY id) AS is_behind
          FROM dead_letters WHERE case_reference IN (SELECT case_reference FROM chosen) AND {DeadLetterSql.IsParked}
        )
        SELECT (SELECT count(DISTINCT case_reference) FROM chosen), count(*) FILTER (WHERE is_chosen AND NOT is_free), count(*) FILTER (WHERE is_behind AND NOT is_chosen AND kind = 'held')
        FROM waiting
        """,
        [ids],
        row => new SelectionCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
        cancellationToken)).Single();
}
