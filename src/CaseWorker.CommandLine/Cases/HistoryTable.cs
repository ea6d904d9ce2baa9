using System.Globalization;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using CaseWorker.Queries;
using Spectre.Console;

namespace CaseWorker.CommandLine.Cases;

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
        var textLength = Math.Max(40, 2 * (CommandRunner.Out.Profile.Width - WidthBeforeText));
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

        CommandRunner.Out.MarkupLine($"Case [bold]{history.Reference}[/]{(history.IsCut ? $": [yellow]only the newest {history.Entries.Count} entries, --limit shows more[/]" : "")}");
        CommandRunner.Out.Write(table);
        CommandRunner.Out.MarkupLine("[grey]event: its number in the case and in the whole store; =: the JSON stayed the same[/]");
    }

    private static TableColumn Column(string name) => new TableColumn($"[grey]{name}[/]").NoWrap();

    private static string[] Row(HistoryEntry entry, int textLength) =>
    [
        Times.Clock(entry.At),
        entry.Nonce is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{entry.Nonce} [grey]#{entry.GlobalNonce}[/]"),
        entry.Kind switch
        {
            "event" => SafeMarkup.Of(entry.Action, 20),
            "conflicted" => "[yellow]conflict[/]",
            "rejected" => "[red]rejected[/]",
            "operator" => "[aqua]operator[/]",
            _ => "[red]dead letter[/]",
        },
        SafeMarkup.Of(entry.Actor, 16),
        entry.Version is null ? "" : $"{entry.Version}{(entry.Changed is true ? "" : " [grey]=[/]")}",
        SafeMarkup.Of(entry.Summary, textLength),
    ];
}
