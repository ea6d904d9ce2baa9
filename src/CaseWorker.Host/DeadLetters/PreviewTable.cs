using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.DeadLetters;
using Spectre.Console;

namespace CaseWorker.Host.DeadLetters;

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
                    would = WordOf(letter),
                    detail = SentenceOf(letter),
                }));
            }

            return;
        }

        Verbs.Out.MarkupLine($"Case [bold]{reference}[/]: what a replay would do now (nothing was changed)");
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").RightAligned()).AddColumn("action").AddColumn("would be").AddColumn("in short");
        foreach (var letter in letters)
        {
            table.AddRow(letter.Id.ToString(CultureInfo.InvariantCulture), SafeText.Markup(letter.Command.ActionName, 30), WordOf(letter), SafeText.Markup(SentenceOf(letter), 200));
        }

        Verbs.Out.Write(table);
    }

    public static string WordOf(PreviewedLetter letter) => letter.Outcome?.Outcome ?? (letter.Failure is null ? "held" : "failed");

    public static string SentenceOf(PreviewedLetter letter) => letter switch
    {
        { Outcome: CaseAccepted accepted } => string.Create(CultureInfo.InvariantCulture, $"version {accepted.Version}, nonce {accepted.Nonce}{(accepted.Changed ? "" : ", the JSON stays")}"),
        { Outcome: CaseConflicted conflict } => string.Create(CultureInfo.InvariantCulture, $"{conflict.Reason}: the case is at version {conflict.CurrentVersion}, nonce {conflict.CurrentNonce}"),
        { Outcome: CaseRejected rejected } => $"{rejected.Status} {rejected.Reason}: {string.Join(" ", rejected.Errors.Select(error => error.Message))}",
        { Failure: { } failure } => $"fails again: {failure}",
        _ => "waits behind the one that fails again",
    };
}
