using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary><c>caseworker audit</c>: what operators did.</summary>
internal static class AuditCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object per line." };
        var limit = new Option<int>("--limit") { Description = "How many lines at most; the newest.", HelpName = "lines", DefaultValueFactory = _ => 50, CustomParser = ArgumentParsers.Count("--limit", ArgumentParsers.MaxLines) };
        var command = new Command("audit", "Shows what operators did, when and why, newest first.") { json, limit };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var rows = await operations.AuditAsync(parsed.GetValue(limit), cancellationToken: cancellationToken);
            if (parsed.GetValue(json))
            {
                rows.ToList().ForEach(row => Console.WriteLine(LineOf(row)));
                return CommandRunner.Ok;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumn("when").AddColumn("who").AddColumn("what")
                .AddColumn(new TableColumn("dead letters").RightAligned()).AddColumn("result").AddColumn("why");
            foreach (var row in rows)
            {
                table.AddRow(
                    Times.Full(row.At),
                    SafeMarkup.Of(row.Operator, 40),
                    SafeMarkup.Of(row.Action, 40),
                    row.DeadLetters.ToString(CultureInfo.InvariantCulture),
                    SafeMarkup.Of(row.Result, 120),
                    SafeMarkup.Of(row.Reason, 120));
            }

            CommandRunner.Out.Write(table);
            return CommandRunner.Ok;
        })));
        return command;
    }

    /// <summary>The filter is a string here, as it always was; over HTTP it is an object.</summary>
    private static string LineOf(AuditEntry row)
    {
        var line = JsonSerializer.SerializeToNode(row, Json)!;
        line["filter"] = row.Filter?.GetRawText();
        return line.ToJsonString(Json);
    }
}
