using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What a replay would do, for people and programs. What was left out is said on standard error, so that programs read only JSON.</summary>
internal static class PreviewTable
{
    public static void Write(PreviewedReplay preview, bool json)
    {
        foreach (var tried in preview.Cases)
        {
            if (json)
            {
                WriteJson(tried);
            }
            else
            {
                WriteTable(tried);
            }
        }

        foreach (var cut in preview.Cases.Select(tried => tried.Cut).Append(preview.Cut).OfType<string>())
        {
            Console.Error.WriteLine(cut);
        }
    }

    private static void WriteJson(PreviewedCase tried)
    {
        foreach (var deadLetter in tried.DeadLetters)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                caseReference = tried.Reference.ToString(CultureInfo.InvariantCulture),
                id = deadLetter.Id,
                commandId = deadLetter.Command.Id,
                action = deadLetter.Command.ActionName,
                would = deadLetter.Word,
                detail = deadLetter.Sentence,
            }));
        }
    }

    private static void WriteTable(PreviewedCase tried)
    {
        CommandRunner.Out.MarkupLine($"Case [bold]{tried.Reference}[/]: what a replay would do now (nothing was changed)");
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").RightAligned()).AddColumn("action").AddColumn("would be").AddColumn("in short");
        foreach (var deadLetter in tried.DeadLetters)
        {
            table.AddRow(deadLetter.Id.ToString(CultureInfo.InvariantCulture), SafeMarkup.Of(deadLetter.Command.ActionName, 30), deadLetter.Word, SafeMarkup.Of(deadLetter.Sentence, 200));
        }

        CommandRunner.Out.Write(table);
    }
}
