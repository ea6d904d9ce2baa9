namespace CaseWorker.Queries;

/// <summary>What waits in the store, counted up to ten thousand so that counting stays cheap.</summary>
/// <param name="OpenByKind">Open dead letters of each kind.</param>
/// <param name="ParkedCases">Cases that wait behind a dead letter.</param>
/// <param name="OldestOpen">When the oldest open dead letter was received; null if there is none.</param>
/// <param name="UnfinishedJobs">Jobs that have not ended.</param>
/// <param name="GlobalNonce">The number of the last event.</param>
internal sealed record StoreCounts(IReadOnlyList<(string Kind, long Count)> OpenByKind, long ParkedCases, DateTimeOffset? OldestOpen, long UnfinishedJobs, long GlobalNonce)
{
    private const string CountSql = """
        SELECT (SELECT max(nonce) FROM global_head),
          (SELECT count(*) FROM (SELECT FROM parked_cases LIMIT 10000) AS parked),
          (SELECT received_at FROM dead_letters WHERE state = 'open' ORDER BY id LIMIT 1),
          (SELECT count(*) FROM operator_jobs WHERE finished_at IS NULL)
        """;

    private const string KindSql = """
        SELECT kind, count(*) FROM (SELECT kind FROM dead_letters WHERE state = 'open' ORDER BY id LIMIT 10000) AS open GROUP BY kind ORDER BY kind
        """;

    public static async Task<StoreCounts> ReadAsync(ReadDatabase database, CancellationToken cancellationToken)
    {
        var kinds = await database.ListAsync(KindSql, [], row => (row.GetString(0), row.GetInt64(1)), cancellationToken);
        return (await database.ListAsync(
            CountSql,
            [],
            row => new StoreCounts(kinds, row.GetInt64(1), row.IsDBNull(2) ? null : row.GetFieldValue<DateTimeOffset>(2), row.GetInt64(3), row.GetInt64(0)),
            cancellationToken)).Single();
    }
}
