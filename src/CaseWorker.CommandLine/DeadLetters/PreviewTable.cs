using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What a replay of a case would do, for people and programs.</summary>
internal static class PreviewTable
{
    public static void Write(long reference, IReadOnlyList<PreviewedDeadLetter> deadLetters, bool json)
    {
        if (json)
        {
            foreach (var deadLetter in deadLetters)
            {
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    caseReference = reference.ToString(CultureInfo.InvariantCulture),
                    id = deadLetter.Id,
                    commandId = deadLetter.Command.Id,
                    action = deadLetter.Command.ActionName,
                    would = deadLetter.Word,
                    detail = deadLetter.Sentence,
                }));
            }

            return;
        }

        CommandRunner.Out.MarkupLine($"Case [bold]{reference}[/]: what a replay would do now (nothing was changed)");
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").RightAligned()).AddColumn("action").AddColumn("would be").AddColumn("in short");
        foreach (var deadLetter in deadLetters)
        {
            table.AddRow(deadLetter.Id.ToString(CultureInfo.InvariantCulture), SafeMarkup.Of(deadLetter.Command.ActionName, 30), deadLetter.Word, SafeMarkup.Of(deadLetter.Sentence, 200));
        }

        CommandRunner.Out.Write(table);
    }
}
