using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Queries;

/// <summary>The current state of a case.</summary>
internal sealed record CaseView(CaseData Case, int NoteCount, IReadOnlyList<CaseNote> LastNotes)
{
    private const int ShownNotes = 5;

    /// <summary>Null if the case does not exist.</summary>
    public static async Task<CaseView?> FindAsync(CaseWorkerDbContext context, long reference, CancellationToken cancellationToken)
    {
        // One snapshot: the notes belong to the version that is shown.
        await using var transaction = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        if (await context.Cases.SingleOrDefaultAsync(row => row.Reference == reference, cancellationToken) is not { } found)
        {
            return null;
        }

        var notes = context.Notes.Where(note => note.CaseReference == reference);
        return new CaseView(
            found,
            await notes.CountAsync(cancellationToken),
            await notes.OrderByDescending(note => note.Nonce).Take(ShownNotes).OrderBy(note => note.Nonce).ToListAsync(cancellationToken));
    }
}
