using System.Globalization;
using System.Text.Json;
using CaseWorker.Storage;
using Microsoft.EntityFrameworkCore;
using Spectre.Console;

namespace CaseWorker.Host.Cases;

/// <summary>A case as it stands.</summary>
internal sealed record CaseView(CaseData Case, int NoteCount, IReadOnlyList<CaseNote> LastNotes)
{
    private const int ShownNotes = 5;

    private static readonly JsonSerializerOptions ForPrograms = new(JsonSerializerDefaults.Web) { MaxDepth = Commands.JsonLimits.MaxDepth + 2 };

    /// <summary>Null where the case does not exist.</summary>
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

    public void Write(bool json)
    {
        using var blob = JsonDocument.Parse(Case.JsonBlob, new JsonDocumentOptions { MaxDepth = Commands.JsonLimits.MaxDepth + 1 });
        if (json)
        {
            WriteJson(blob.RootElement);
        }
        else
        {
            WriteText(blob.RootElement);
        }
    }

    private void WriteJson(JsonElement blob) => System.Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            reference = Case.Reference.ToString(CultureInfo.InvariantCulture),
            version = Case.Version,
            nonce = Case.Nonce,
            createdAt = Case.CreatedAt,
            updatedAt = Case.UpdatedAt,
            blob,
            noteCount = NoteCount,
            lastNotes = LastNotes.Select(note => new { note.Nonce, note.Author, note.CreatedAt, note.Body }),
        },
        ForPrograms));

    private void WriteText(JsonElement blob)
    {
        var facts = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("");
        facts.AddRow("[bold]case[/]", $"[bold]{Case.Reference}[/]");
        facts.AddRow("version", $"{Case.Version}  (a change must propose {Case.Version + 1})");
        facts.AddRow("nonce", $"{Case.Nonce}  (the number of its last event)");
        facts.AddRow("created", Times.Full(Case.CreatedAt));
        facts.AddRow("updated", Times.Full(Case.UpdatedAt));
        facts.AddRow("notes", NoteCount.ToString(CultureInfo.InvariantCulture));
        Verbs.Out.Write(facts);
        System.Console.WriteLine();
        System.Console.WriteLine(PayloadText.Of(blob));
        if (LastNotes.Count == 0)
        {
            return;
        }

        System.Console.WriteLine();
        System.Console.WriteLine(NoteCount > LastNotes.Count ? $"The last {LastNotes.Count} of {NoteCount} notes:" : "Notes:");
        foreach (var note in LastNotes)
        {
            Verbs.Out.MarkupLine($"[grey]{Times.Full(note.CreatedAt)}  {SafeText.Markup(note.Author ?? "somebody", 60)}, event {note.Nonce}[/]");
            System.Console.WriteLine($"  {SafeText.OneLine(note.Body, 1_000)}");
        }
    }
}
