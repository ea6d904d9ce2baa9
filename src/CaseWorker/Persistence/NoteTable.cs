using CaseWorker.Cases;

namespace CaseWorker.Persistence;

/// <summary>The table <c>case_notes</c>.</summary>
internal static class NoteTable
{
    public const string InsertSql = """
        INSERT INTO case_notes (case_reference, nonce, body, author, created_at)
        SELECT case_reference, nonce, body, author, $5
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) AS note (case_reference, nonce, body, author)
        """;

    /// <summary>Inserts the notes of accepted commands; adds nothing if there are none.</summary>
    public static void Insert(StatementPipeline pipeline, IReadOnlyList<NewNote> notes, DateTimeOffset recordedAt)
    {
        if (notes.Count > 0)
        {
            pipeline.Add(
                InsertSql,
                notes.Select(note => note.CaseReference).ToArray(),
                notes.Select(note => note.Nonce).ToArray(),
                notes.Select(note => note.Body).ToArray(),
                notes.Select(note => note.Author).ToArray(),
                recordedAt);
        }
    }
}
