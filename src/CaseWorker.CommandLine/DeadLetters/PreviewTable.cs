using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What a replay of a case would do, for people and programs.</summary>
internal static class PreviewTable
{
    public static void Write(long reference, IReadOnlyList<PreviewedLetter> letters, bool json)
    {
        if (json)
        {
            foreach (var letter in letters)
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    caseReference = reference.ToString(CultureInfo.InvariantCulture),
                    id = letter.Id,
                    commandId = letter.Command.Id,
                    action = letter.Command.ActionName,
                    would = letter.Word,
                    detail = letter.Sentence,
                }));
            }

            return;
        }

        Verbs.Out.MarkupLine($"Case [bold]{reference}[/]: what a replay would do now (nothing was changed)");
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").RightAligned()).AddColumn("action").AddColumn("would be").AddColumn("in short");
        foreach (var letter in letters)
        {
            table.AddRow(letter.Id.ToString(CultureInfo.InvariantCulture), SafeMarkup.Of(letter.Command.ActionName, 30), letter.Word, SafeMarkup.Of(letter.Sentence, 200));
        }

        Verbs.Out.Write(table);
    }
}
