using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>Dead letters as the page shows them. Bytes are read for one dead letter only, and its beginning at that.</summary>
internal sealed class DeadLetterPageReader(DashboardDatabase database, LogReader logs, ParkedQueueReplay replay)
{
    public const int PageSize = 50;

    /// <summary>Dead letters that groups are made of; more would take too long to look at.</summary>
    public const int GroupedLimit = 20_000;

    /// <summary>Bytes of a message that are shown.</summary>
    public const int ShownBytes = 65_536;

    /// <summary>Dead letters that one action takes.</summary>
    public const int ActionLimit = 10_000;

    private const int ShownSelected = 200;
    private const int PreviewedCases = 3;
    private const int PreviewedDeadLetters = 100;
    private static readonly TimeSpan PreviewPatience = TimeSpan.FromSeconds(10);

    /// <summary>Of the table as l; what <see cref="LineOf"/> reads.</summary>
    public const string Columns = "l.id, l.kind, l.state, l.reason, l.detail, l.case_reference, l.action, l.received_at";

    /// <summary>What happened, without what differs from one dead letter to the next.</summary>
    private const string Pattern = """
        regexp_replace(regexp_replace(left(detail, 500), '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', '…', 'g'), '[0-9]+', '#', 'g')
        """;

    private const string Fingerprint = $"left(md5(concat_ws('|', kind, reason, action, {Pattern})), 12)";

    private const string Found = $"{DeadLetterSql.Matches} AND ($10::text IS NULL OR {Fingerprint} = $10) AND id > $11";

    public async Task<(IReadOnlyList<DeadLetterLine> Lines, bool HasMore)> ListAsync(DeadLetterFilterForm query, CancellationToken cancellationToken)
    {
        var lines = await database.ListAsync(
            $"SELECT {Columns} FROM dead_letters l WHERE {Found} ORDER BY id LIMIT $12",
            [.. ParametersOf(query), PageSize + 1],
            LineOf,
            cancellationToken);
        return (lines.Take(PageSize).ToList(), lines.Count > PageSize);
    }

    /// <summary>By case, those first that have waited longest.</summary>
    public async Task<(IReadOnlyList<CaseGroup> Groups, bool HasMore)> ByCaseAsync(DeadLetterFilterForm query, CancellationToken cancellationToken)
    {
        var groups = await database.ListAsync(
            $"""
            WITH found AS (
              SELECT min(id) AS head, count(*) AS waiting, count(*) FILTER (WHERE kind = 'held') AS held
              FROM dead_letters WHERE {DeadLetterSql.Matches} AND ($10::text IS NULL OR {Fingerprint} = $10)
              GROUP BY case_reference HAVING min(id) > $11 ORDER BY 1 LIMIT $12
            )
            SELECT {Columns}, waiting, held FROM found JOIN dead_letters l ON l.id = head ORDER BY head
            """,
            [.. ParametersOf(query), PageSize + 1],
            row => new CaseGroup(LineOf(row), row.GetInt64(8), row.GetInt64(9)),
            cancellationToken);
        return (groups.Take(PageSize).ToList(), groups.Count > PageSize);
    }

    public Task<List<FingerprintGroup>> ByFingerprintAsync(DeadLetterFilterForm query, CancellationToken cancellationToken) => database.ListAsync(
        $"""
        SELECT fingerprint, min(kind), min(reason), min(action), min(pattern), count(*), count(DISTINCT case_reference), min(received_at), max(received_at)
        FROM (SELECT kind, reason, action, case_reference, received_at, {Pattern} AS pattern, {Fingerprint} AS fingerprint FROM dead_letters WHERE {Found} ORDER BY id LIMIT {GroupedLimit}) AS dead_letter
        GROUP BY fingerprint ORDER BY count(*) DESC, fingerprint LIMIT 100
        """,
        ParametersOf(query),
        row => new FingerprintGroup(
            row.GetString(0),
            row.GetString(1),
            row.GetString(2),
            row.IsDBNull(3) ? null : row.GetString(3),
            row.GetString(4),
            row.GetInt64(5),
            row.GetInt64(6),
            row.GetFieldValue<DateTimeOffset>(7),
            row.GetFieldValue<DateTimeOffset>(8)),
        cancellationToken);

    public async Task<WholeDeadLetter?> FindAsync(long id, CancellationToken cancellationToken)
    {
        var jobs = await logs.JobsOfDeadLetterAsync(id, cancellationToken);
        var audit = await logs.AuditOfDeadLettersAsync([id], cancellationToken);
        var found = await database.ListAsync(
            $"SELECT {Columns}, command_id, exchange, routing_key, jsonb_pretty(headers), substring(body FOR {ShownBytes}), octet_length(body)::bigint, successor FROM dead_letters l WHERE id = $1",
            [id],
            row => new WholeDeadLetter(
                LineOf(row),
                row.IsDBNull(8) ? null : row.GetGuid(8),
                row.GetString(9),
                row.GetString(10),
                row.GetString(11),
                PayloadText.Of(row.GetFieldValue<byte[]>(12)),
                row.GetInt64(13),
                row.IsDBNull(14) ? null : row.GetGuid(14),
                jobs,
                audit),
            cancellationToken);
        return found is [var deadLetter] ? deadLetter : null;
    }

    /// <summary>What a action would be about, if it were done now.</summary>
    public async Task<IReadOnlyList<long>> FreezeAsync(OperatorActionKind action, DeadLetterFilterForm query, CancellationToken cancellationToken) => await database.ListAsync(
        $"SELECT id FROM dead_letters WHERE {Found} AND state = ANY ($12::text[]) AND kind = ANY ($13::text[]) ORDER BY id LIMIT {ActionLimit + 1}",
        [.. ParametersOf(query with { State = "all", After = 0 }), action.States.ToArray(), action.Kinds.ToArray()],
        row => row.GetInt64(0),
        cancellationToken);

    public async Task<DeadLetterSelectionView> DescribeAsync(IReadOnlyList<long> found, CancellationToken cancellationToken)
    {
        var ids = found.Take(ActionLimit).ToArray();
        var lines = await database.ListAsync(
            $"SELECT {Columns} FROM dead_letters l WHERE id = ANY ($1::bigint[]) ORDER BY id LIMIT {ShownSelected}",
            [ids],
            LineOf,
            cancellationToken);
        return (await database.ListAsync(
            $"""
            WITH chosen AS (SELECT id, case_reference FROM dead_letters WHERE id = ANY ($1::bigint[]) AND case_reference IS NOT NULL),
            line AS (
              SELECT id, case_reference, kind, id = ANY ($1::bigint[]) AS is_chosen,
                bool_and(id = ANY ($1::bigint[])) OVER (PARTITION BY case_reference ORDER BY id) AS is_free,
                bool_or(id = ANY ($1::bigint[])) OVER (PARTITION BY case_reference ORDER BY id) AS is_behind
              FROM dead_letters WHERE case_reference IN (SELECT case_reference FROM chosen) AND {DeadLetterSql.IsParked}
            )
            SELECT (SELECT count(DISTINCT case_reference) FROM chosen), count(*) FILTER (WHERE is_chosen AND NOT is_free), count(*) FILTER (WHERE is_behind AND NOT is_chosen AND kind = 'held')
            FROM line
            """,
            [ids],
            row => new DeadLetterSelectionView(ids, lines, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), found.Count > ActionLimit),
            cancellationToken)).Single();
    }

    /// <summary>What a replay, or a rebase, would do in the first cases. Changes nothing.</summary>
    /// <returns>Null where a case was too busy to be looked at in time.</returns>
    public async Task<IReadOnlyList<PreviewLine>?> PreviewAsync(DeadLetterSelectionView frozen, bool rebase, CancellationToken cancellationToken)
    {
        var preview = new List<PreviewLine>();
        foreach (var reference in frozen.Lines.Where(line => line is { State: DeadLetterStates.Open }).Select(line => line.Case).OfType<long>().Distinct().Take(PreviewedCases))
        {
            try
            {
                var deadLetters = await replay.PreviewAsync(reference, PreviewedDeadLetters, rebase).WaitAsync(PreviewPatience, cancellationToken);
                preview.AddRange(deadLetters.Select(deadLetter => new PreviewLine(reference, deadLetter.Id, deadLetter.Command.ActionName, deadLetter.Word, deadLetter.Sentence)));
            }
            catch (TimeoutException)
            {
                return null;
            }
        }

        return preview;
    }

    private static object?[] ParametersOf(DeadLetterFilterForm query) => [.. query.Filter.Parameters, query.Fingerprint.Length > 0 ? query.Fingerprint : null, query.After];

    public static DeadLetterLine LineOf(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetInt64(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        row.GetFieldValue<DateTimeOffset>(7));
}
