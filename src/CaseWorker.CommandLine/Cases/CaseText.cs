using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using CaseWorker.Json;
using CaseWorker.Queries;
using Spectre.Console;

namespace CaseWorker.CommandLine.Cases;

/// <summary>The current state of a case, for people and for programs.</summary>
internal static class CaseText
{
    private static readonly JsonSerializerOptions ForPrograms = new(JsonSerializerDefaults.Web) { MaxDepth = JsonLimits.MaxDepth + 2 };

    public static void Write(CaseView view, bool json)
    {
        using var blob = JsonDocument.Parse(view.Case.JsonBlob, new JsonDocumentOptions { MaxDepth = JsonLimits.MaxDepth + 1 });
        if (json)
        {
            WriteJson(view, blob.RootElement);
        }
        else
        {
            WriteText(view, blob.RootElement);
        }
    }

    private static void WriteJson(CaseView view, JsonElement blob) => System.Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            reference = view.Case.Reference.ToString(CultureInfo.InvariantCulture),
            version = view.Case.Version,
            nonce = view.Case.Nonce,
            createdAt = view.Case.CreatedAt,
            updatedAt = view.Case.UpdatedAt,
            blob,
            noteCount = view.NoteCount,
            lastNotes = view.LastNotes.Select(note => new { note.Nonce, note.Author, note.CreatedAt, note.Body }),
        },
        ForPrograms));

    private static void WriteText(CaseView view, JsonElement blob)
    {
        var facts = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("");
        facts.AddRow("[bold]case[/]", $"[bold]{view.Case.Reference}[/]");
        facts.AddRow("version", $"{view.Case.Version}  (a change must propose {view.Case.Version + 1})");
        facts.AddRow("nonce", $"{view.Case.Nonce}  (the number of its last event)");
        facts.AddRow("created", Times.Full(view.Case.CreatedAt));
        facts.AddRow("updated", Times.Full(view.Case.UpdatedAt));
        facts.AddRow("notes", view.NoteCount.ToString(CultureInfo.InvariantCulture));
        CommandRunner.Out.Write(facts);
        System.Console.WriteLine();
        System.Console.WriteLine(PayloadText.Of(blob));
        if (view.LastNotes.Count == 0)
        {
            return;
        }

        System.Console.WriteLine();
        System.Console.WriteLine(view.NoteCount > view.LastNotes.Count ? $"The last {view.LastNotes.Count} of {view.NoteCount} notes:" : "Notes:");
        foreach (var note in view.LastNotes)
        {
            CommandRunner.Out.MarkupLine($"[grey]{Times.Full(note.CreatedAt)}  {SafeMarkup.Of(note.Author ?? "somebody", 60)}, event {note.Nonce}[/]");
            System.Console.WriteLine($"  {SafeText.OneLine(note.Body, 1_000)}");
        }
    }
}
