using System.Globalization;
using System.Text.Json.Serialization;
using CaseWorker.AspNetCore.Dashboard;
using CaseWorker.DeadLetters;
using CaseWorker.Queries;
using Npgsql;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Finds dead letters, on the connections of those who only look. Their bytes are not read: a page of them may be large.</summary>
internal sealed class DeadLetterSearch(DashboardDatabase database)
{
    public async Task<DeadLetterList> PageAsync(DeadLetterQuery filter, long after, int limit, CancellationToken cancellationToken)
    {
        var deadLetters = await database.ListAsync(
            $"""
            SELECT id, kind, state, reason, detail, command_id, case_reference, action, exchange, routing_key, received_at, successor
            FROM dead_letters WHERE {DeadLetterSql.Matches} AND id > $10 ORDER BY id LIMIT $11
            """,
            [.. filter.Parameters, after, limit + 1],
            ViewOf,
            cancellationToken);
        var count = await database.ListAsync($"SELECT count(*) FROM dead_letters WHERE {DeadLetterSql.Matches}", filter.Parameters, row => row.GetInt64(0), cancellationToken);
        DeadLetterView[] page = [.. deadLetters.Take(limit)];
        return new DeadLetterList(page, page is [.., var last] ? last.Id : after, deadLetters.Count > limit, count[0]);
    }

    /// <summary>Exactly what a action would be about, if it were done now.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="states">The states that the action is for.</param>
    /// <param name="isOfLines">Whether it is only for what stands in the line of a case.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<long>> FreezeAsync(DeadLetterQuery filter, string[] states, bool isOfLines, CancellationToken cancellationToken) => await database.ListAsync(
        $"SELECT id FROM dead_letters WHERE {DeadLetterSql.Matches} AND state = ANY ($10::text[]) AND (NOT $11 OR kind IN ('failed', 'held')) ORDER BY id",
        [.. filter.Parameters, states, isOfLines],
        row => row.GetInt64(0),
        cancellationToken);

    /// <summary>The cases whose lines the filter touches, those first that have waited longest.</summary>
    public async Task<IReadOnlyList<long>> CasesAsync(DeadLetterQuery filter, int limit, CancellationToken cancellationToken) => await database.ListAsync(
        $"SELECT case_reference FROM dead_letters WHERE {DeadLetterSql.Matches} AND {DeadLetterSql.IsParked} GROUP BY 1 ORDER BY min(id) LIMIT $10",
        [.. filter.Parameters, limit],
        row => row.GetInt64(0),
        cancellationToken);

    private static DeadLetterView ViewOf(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetGuid(5),
        row.IsDBNull(6) ? null : row.GetInt64(6).ToString(CultureInfo.InvariantCulture),
        row.IsDBNull(7) ? null : row.GetString(7),
        row.GetString(8),
        row.GetString(9),
        row.GetFieldValue<DateTimeOffset>(10),
        row.IsDBNull(11) ? null : row.GetGuid(11));
}

/// <summary>Some dead letters, by number.</summary>
/// <param name="DeadLetters">At most as many as were asked for.</param>
/// <param name="After">Ask for what comes after this number next; unchanged where there was nothing.</param>
/// <param name="HasMore">Whether there is more.</param>
/// <param name="Count">How many the filter finds on all pages.</param>
internal sealed record DeadLetterList([property: JsonPropertyName("letters")] IReadOnlyList<DeadLetterView> DeadLetters, long After, bool HasMore, long Count);
