using System.Globalization;
using System.Text;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>Dead letters for people.</summary>
internal static class DeadLetterListing
{
    /// <summary>More of a message than this fills the terminal; `export` has it whole.</summary>
    private const int BodyLimit = 4_000;

    public static void Write(IReadOnlyList<DeadLetter> rows, long count)
    {
        if (rows.Count == 0)
        {
            CommandRunner.Out.WriteLine("There is none.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("id").RightAligned()).AddColumn("received").AddColumn("kind").AddColumn("state")
            .AddColumn(new TableColumn("case").RightAligned().NoWrap()).AddColumn("action").AddColumn("what happened");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Id.ToString(CultureInfo.InvariantCulture),
                Times.Full(row.ReceivedAt),
                row.Kind,
                row.State is DeadLetterStates.Open ? "[yellow]open[/]" : row.State,
                row.CaseReference?.ToString(CultureInfo.InvariantCulture) ?? "",
                SafeMarkup.Of(row.Action, 30),
                SafeMarkup.Of(row.Detail, 160));
        }

        CommandRunner.Out.Write(table);
        CommandRunner.Out.WriteLine(rows.Count < count ? $"{Numbers.Count(rows.Count)} of {Numbers.Count(count)}; --limit shows more." : Numbers.Of(count, "dead letter") + ".");
    }

    public static void WriteWhole(DeadLetter row)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        void Line(string name, string? value) => grid.AddRow($"[grey]{name}[/]", SafeMarkup.Of(value, 4_000));
        Line("dead letter", string.Create(CultureInfo.InvariantCulture, $"{row.Id}, {row.Kind}, {row.State}"));
        Line("what happened", row.Detail);
        Line("reason", row.Reason);
        Line("case", row.CaseReference?.ToString(CultureInfo.InvariantCulture) ?? "none");
        Line("command", row.CommandId is { } id ? $"{id} ({row.Action})" : "none");
        if (row.Successor is { } successor)
        {
            Line("applied as", $"command {successor}");
        }

        Line("received", Times.Full(row.ReceivedAt));
        Line("published to", $"{row.Exchange} with routing key {row.RoutingKey}");
        Line("properties", row.Headers);
        CommandRunner.Out.Write(grid);
        CommandRunner.Out.WriteLine($"{Numbers.Count(row.Body.Length)} bytes:");
        CommandRunner.Out.WriteLine(SafeText.Lines(Encoding.UTF8.GetString(row.Body, 0, Math.Min(row.Body.Length, BodyLimit))));
        if (row.Body.Length > BodyLimit)
        {
            CommandRunner.Out.WriteLine($"… cut; `{ProgramName.Value} dead export {row.Id}` prints it whole.");
        }

        CommandRunner.Out.WriteLine();
    }
}
