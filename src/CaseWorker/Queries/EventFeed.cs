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
    /// <exception cref="FeedPositionException">The number is beyond the last event.</exception>
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
        if (events.Count == 0)
        {
            await CheckHeadAsync(connection, after, cancellationToken);
        }

        var last = events.Count > 0 ? events[^1].GlobalNonce : after;
        return new FeedPage(events, last, HasMore: last < head);
    }

    /// <summary>Checks that the store still has what a reader has read: after a restore to an earlier point, numbers are given to other events.</summary>
    /// <param name="after">The last number that the reader has.</param>
    /// <param name="commandId">The command of that event; null if the reader does not say.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="FeedPositionException">The number is beyond the last event, or belongs to another command.</exception>
    public async Task CheckPositionAsync(long after, Guid? commandId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await CheckHeadAsync(connection, after, cancellationToken);
        if (commandId is { } read && after > 0 && await connection.AskAsync<Guid>(ReadSql.ReadCommandOfEvent, [after], cancellationToken) is var found && found != read)
        {
            throw new FeedPositionException(FormattableString.Invariant(
                $"Event {after} belongs to command {found} and not to {read}: the database was restored to an earlier point, and the numbers after it were given again. {FeedPositionException.Advice}"));
        }
    }

    private static async Task CheckHeadAsync(NpgsqlConnection connection, long after, CancellationToken cancellationToken)
    {
        var head = await connection.AskAsync<long>(ReadSql.ReadHead, [], cancellationToken);
        if (after > head)
        {
            throw new FeedPositionException(FormattableString.Invariant(
                $"There is no event {after}; the last one is {head}: the database was restored to an earlier point, or this is another database. {FeedPositionException.Advice}"));
        }
    }
}

/// <summary>A reader of the feed has a position that the store does not have.</summary>
internal sealed class FeedPositionException(string message) : Exception(message)
{
    public const string Advice = "Drop what was read after the restored point and read the feed again from there; without knowing that point, from 0.";
}
