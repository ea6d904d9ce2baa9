using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;
using Spectre.Console;

namespace CaseWorker.Host.Cases;

/// <summary>A case's history for people.</summary>
internal static class HistoryTable
{
    /// <summary>What the other columns take.</summary>
    private const int WidthBeforeText = 55;

    public static void Write(CaseHistory history)
    {
        var table = new Table().Border(TableBorder.None)
            .AddColumns(Column("UTC"), Column("event").RightAligned(), Column("what"), Column("who"), Column("ver."), new TableColumn("[grey]in short[/]"));

        // Two lines an entry; `--json` has the whole.
        var textLength = Math.Max(40, 2 * (Verbs.Out.Profile.Width - WidthBeforeText));
        string? day = null;
        foreach (var entry in history.Entries)
        {
            if (Times.Day(entry.At) is var today && !today.Equals(day, StringComparison.Ordinal))
            {
                day = today;
                table.AddRow($"[bold]{day}[/]");
            }

            table.AddRow(Row(entry, textLength));
        }

        Verbs.Out.MarkupLine($"Case [bold]{history.Reference}[/]{(history.IsCut ? $": [yellow]only the newest {history.Entries.Count} entries, --limit shows more[/]" : "")}");
        Verbs.Out.Write(table);
        Verbs.Out.MarkupLine("[grey]event: its number in the case and in the whole store; =: the JSON stayed the same[/]");
    }

    private static TableColumn Column(string name) => new TableColumn($"[grey]{name}[/]").NoWrap();

    private static string[] Row(HistoryEntry entry, int textLength) =>
    [
        Times.Clock(entry.At),
        entry.Nonce is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{entry.Nonce} [grey]#{entry.GlobalNonce}[/]"),
        entry.Kind switch
        {
            "event" => SafeText.Markup(entry.Action, 20),
            "conflicted" => "[yellow]conflict[/]",
            "rejected" => "[red]rejected[/]",
            "operator" => "[aqua]operator[/]",
            _ => "[red]dead letter[/]",
        },
        SafeText.Markup(entry.Actor, 16),
        entry.Version is null ? "" : $"{entry.Version}{(entry.Changed is true ? "" : " [grey]=[/]")}",
        SafeText.Markup(InShort(entry), textLength),
    ];

    internal static string InShort(HistoryEntry entry) => entry switch
    {
        { Refusal: CaseConflicted conflicted } => Conflict(conflicted),
        { Refusal: CaseRejected rejected } => $"{rejected.Action} {rejected.Reason}: {string.Join(" ", rejected.Errors.Select(error => $"{error.Path} {error.Message}".Trim()))}",
        { Kind: "operator" } => $"{entry.Action}: {entry.Detail}{(string.IsNullOrEmpty(entry.Reason) ? "" : $" ({entry.Reason})")}",
        { Kind: "dead-letter" } => $"{entry.State}: {entry.Detail}",
        { Action: CaseActions.NoteAdd, Body: { } note } when note.TryGetProperty("body", out var text) => text.ToString(),
        { Body: { ValueKind: JsonValueKind.Object } body } => string.Join(", ", body.EnumerateObject().Take(12).Select(property => $"{property.Name}: {property.Value}")),
        { Body: { } body } => body.GetRawText(),
        _ => "",
    };

    private static string Conflict(CaseConflicted conflicted) => conflicted switch
    {
        { Reason: ConflictReasons.CaseExists } => $"{conflicted.Action}: the case was there already",
        { Reason: ConflictReasons.Nonce } => $"{conflicted.Action} proposed nonce {conflicted.ProposedNonce} after {conflicted.CurrentNonce}{By(conflicted)}",
        _ => $"{conflicted.Action} proposed version {conflicted.ProposedVersion} after {conflicted.CurrentVersion}{By(conflicted)}",
    };

    private static string By(CaseConflicted conflicted) =>
        conflicted.LastEvent is { } last ? $" (last: {last.Action} by {last.Actor ?? "somebody"})" : "";
}
