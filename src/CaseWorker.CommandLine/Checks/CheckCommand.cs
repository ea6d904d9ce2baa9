using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Checks;

/// <summary><c>caseworker check</c>: can a worker work here, and does one?</summary>
internal static class CheckCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static Command Create(CaseActionRegistry actions)
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var verb = new Command("check", "Checks the broker, the database, the schema and the workers, and says how to fix what is wrong. Changes nothing. Exit code: 0 if all is well, 1 if not.") { json };
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => RunAsync(parsed.GetValue(json), actions, cancellationToken)));
        return verb;
    }

    private static async Task<int> RunAsync(bool json, CaseActionRegistry actions, CancellationToken cancellationToken)
    {
        var configuration = Settings.Read();
        var broker = BrokerCheck.RunAsync(configuration, cancellationToken);
        var database = DatabaseCheck.RunAsync(configuration, actions, cancellationToken);
        List<Finding> findings = [.. await broker, .. await database];
        var isOk = findings.TrueForAll(finding => finding.Status is not FindingStatus.Failed);
        if (json)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(new { ok = isOk, checks = findings }, Json));
        }
        else
        {
            findings.ForEach(Write);
        }

        return isOk ? CommandRunner.Ok : CommandRunner.Failed;
    }

    private static void Write(Finding finding)
    {
        var mark = finding.Status switch
        {
            FindingStatus.Ok => "[green]✓[/]",
            FindingStatus.Warning => "[yellow]![/]",
            _ => "[red]✗[/]",
        };
        var line = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(1)).AddColumn(new GridColumn().Width(13).NoWrap().PadRight(1)).AddColumn(new GridColumn().PadRight(0));
        line.AddRow(mark, SafeMarkup.Of(finding.Name), SafeMarkup.Of(finding.Text));
        if (finding.Advice is { } advice)
        {
            line.AddRow("", "", $"[grey]{Markup.Escape(SafeText.Lines(advice))}[/]");
        }

        CommandRunner.Out.Write(line);
    }
}
