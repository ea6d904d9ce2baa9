using CaseWorker.Contracts;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>
/// The log of the whole store, by global nonce. The numbers have no gap and become visible in their order, so a reader that goes on after
/// the last one it has seen misses nothing.
/// </summary>
internal sealed class EventFeed(NpgsqlDataSource database)
{
    /// <param name="after">The last number that the reader has; 0 at the beginning.</param>
    /// <param name="limit">Events at most.</param>
    /// <param name="bytes">Bytes of bodies after which the page ends; a page has at least one event.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<FeedPage> ReadAsync(long after, int limit, int bytes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var head = 0L;
        var events = await connection.ListAsync(
            ReadSql.ReadFeed,
            [after, limit, bytes],
            row =>
            {
                head = row.GetInt64(EventRows.HeadColumn);
                return EventRows.Read(row);
            },
            cancellationToken);
        var last = events.Count > 0 ? events[^1].GlobalNonce : after;
        return new FeedPage(events, last, HasMore: last < head);
    }
}
