using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>Reads cases, now or at a version or nonce, their events and their notes. Always from the primary, so that a reader sees every outcome that was published.</summary>
internal sealed class CaseReader(NpgsqlDataSource database)
{
    /// <summary>Bytes of bodies after which a page ends, whatever its limit: an event or note more may be on it, never two.</summary>
    public const int PageBytes = 4 * 1024 * 1024;

    /// <returns>The current case; null if there is none.</returns>
    public async Task<CaseSnapshot?> FindAsync(long reference, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, reference, cancellationToken);
    }

    /// <summary>
    /// The case right after an event, or after the last event with a version. Exactly one of both is given. It is folded from the log:
    /// the last event that says the JSON whole, and the changes after that, one at a time, so that the memory it takes does not grow with
    /// the log; the time does, by the changes since that event.
    /// </summary>
    public async Task<PastCase> FindAsync(long reference, long? nonce, long? version, CancellationToken cancellationToken)
    {
        // What is read never changes, since the log only grows: several statements read one history.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await FindAsync(connection, reference, cancellationToken) is not { } current)
        {
            return new PastCase(Current: null, Snapshot: null);
        }

        if (nonce > current.Nonce || version > current.Version)
        {
            return new PastCase(current, Snapshot: null);
        }

        var last = (await connection.ListAsync(
            ReadSql.FindLast,
            [reference, nonce, version],
            row => (Nonce: row.GetInt64(0), Version: row.GetInt64(1), At: row.GetFieldValue<DateTimeOffset>(2)),
            cancellationToken)).Single();
        var blob = last.Version == current.Version ? current.Blob : (await FoldAsync(connection, reference, last.Nonce, cancellationToken)).Value;
        return new PastCase(current, current with { Nonce = last.Nonce, Version = last.Version, UpdatedAt = last.At, Blob = blob });
    }

    /// <returns>The case's events after a nonce; null if there is no such case.</returns>
    public async Task<FeedPage?> EventsAsync(long reference, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var head = 0L;
        var events = await connection.ListAsync(
            ReadSql.ReadEvents,
            [after, limit, PageBytes, reference],
            row =>
            {
                head = row.GetInt64(EventRows.HeadColumn);
                return EventRows.Read(row);
            },
            cancellationToken);
        if (events.Count == 0 && !await connection.AskAsync<bool>(ReadSql.CaseExists, [reference], cancellationToken))
        {
            return null;
        }

        var last = events.Count > 0 ? events[^1].Nonce : after;
        return new FeedPage(events, last, HasMore: last < head);
    }

    /// <returns>The case's notes after a nonce; null if there is no such case.</returns>
    public async Task<NotePage?> NotesAsync(long reference, long after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var there = 0L;
        var notes = await connection.ListAsync(
            ReadSql.ReadNotes,
            [reference, after, limit + 1, (long)PageBytes],
            row =>
            {
                there = row.GetInt64(4);
                return new CaseNoteView(row.GetInt64(0), EventRows.TextOrNull(row, 1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3));
            },
            cancellationToken);
        if (notes.Count == 0 && !await connection.AskAsync<bool>(ReadSql.CaseExists, [reference], cancellationToken))
        {
            return null;
        }

        var shown = notes.Count > limit ? notes[..limit] : notes;
        return new NotePage(shown, shown.Count > 0 ? shown[^1].Nonce : after, HasMore: shown.Count < there);
    }

    private static async Task<CaseSnapshot?> FindAsync(NpgsqlConnection connection, long reference, CancellationToken cancellationToken) =>
        (await connection.ListAsync(
            ReadSql.FindCase,
            [reference],
            row => new CaseSnapshot
            {
                CaseReference = reference,
                Blob = EventRows.Json(row.GetString(0)),
                Version = row.GetInt64(1),
                Nonce = row.GetInt64(2),
                CreatedAt = row.GetFieldValue<DateTimeOffset>(3),
                UpdatedAt = row.GetFieldValue<DateTimeOffset>(4),
            },
            cancellationToken)).SingleOrDefault();

    private static async Task<CaseBlob> FoldAsync(NpgsqlConnection connection, long reference, long nonce, CancellationToken cancellationToken)
    {
        CaseBlob? blob = null;
        await using var batch = new NpgsqlBatch(connection);
        await using var reader = await batch.Add(ReadSql.FindChanges, reference, nonce).ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var (number, action, body) = (reader.GetInt64(0), reader.GetString(1), reader.GetString(2));
            blob = CaseFold.Next(blob, action, EventRows.Json(body), EventRows.TextOrNull(reader, 3))
                ?? throw new InvalidOperationException($"Event {number} ({action}) of case {reference} changed its JSON and does not say to what.");
        }

        return blob ?? throw new InvalidOperationException($"Case {reference} has no event that says its JSON at nonce {nonce}: the log is damaged.");
    }
}

/// <summary>A case at an earlier number.</summary>
/// <param name="Current">The current case; null if there is none.</param>
/// <param name="Snapshot">The case at that version or nonce; null if it is not reached yet.</param>
internal sealed record PastCase(CaseSnapshot? Current, CaseSnapshot? Snapshot);

/// <summary>A note of a case.</summary>
/// <param name="Nonce">The number of its event in the case.</param>
/// <param name="Author">The command's actor; null if it said none.</param>
/// <param name="Body">The text.</param>
/// <param name="CreatedAt">When it was recorded, by the database's clock.</param>
internal sealed record CaseNoteView(long Nonce, string? Author, string Body, DateTimeOffset CreatedAt);

/// <summary>Some notes of a case, in order.</summary>
/// <param name="Notes">At most as many as were asked for.</param>
/// <param name="After">Ask for what comes after this number next; unchanged where there was nothing.</param>
/// <param name="HasMore">Whether there is more already.</param>
internal sealed record NotePage(IReadOnlyList<CaseNoteView> Notes, long After, bool HasMore);
