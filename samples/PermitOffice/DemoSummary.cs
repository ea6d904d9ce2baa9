using CaseWorker.Formatting;
using Spectre.Console;

namespace PermitOffice;

/// <summary>Says in plain words what happened, and whether the promises were kept.</summary>
internal static class DemoSummary
{
    public static void Write(DemoNumbers numbers, Town town, IReadOnlyList<Promise> promises)
    {
        DemoConsole.Out.MarkupLine("[bold]What happened[/]");
        DemoConsole.Out.Write(Told(numbers, town));
        DemoConsole.Out.WriteLine();
        DemoConsole.Out.MarkupLine("[bold]What the database says[/]");
        foreach (var promise in promises)
        {
            DemoConsole.Out.MarkupLine(promise.IsKept
                ? $"[green]✓[/] {Markup.Escape(promise.Text)}"
                : $"[red]✗ {Markup.Escape(promise.Text)}[/]: {Markup.Escape(promise.Otherwise)}");
        }
    }

    private static Grid Told(DemoNumbers numbers, Town town)
    {
        var grid = NewGrid(Justify.Right);
        void Row(long count, string text) => grid.AddRow(new Text(Numbers.Count(count)).RightJustified(), new Text(text));

        Row(numbers.Sent, $"commands were sent, for {Numbers.Of(town.Permits.Count, "permit")}; half were answered within {Latency(numbers.Median)}, 99 % within {Latency(numbers.Slowest)}");
        Row(numbers.Accepted - numbers.Unchanged - numbers.Notes, "made or changed a permit");
        Row(numbers.Unchanged, "saved a permit as it was: recorded, but the version stayed");
        Row(numbers.Notes, "were notes: they never conflict, whoever edits at the same time");
        Row(numbers.Conflicted, "came second: a conflict told the clerk the current version, and the second try proposed the next one");
        Row(numbers.Repeated, "came twice: answered with the first outcome, and nothing happened twice");
        Row(numbers.Rejected, "could never be applied (an unknown action, no version proposed) and were rejected with the reason");
        Row(numbers.DeadLetters, "were no commands at all: kept as dead letters, and nothing waited for them");
        return grid;
    }

    public static Grid NewGrid(Justify first) =>
        new Grid().AddColumn(new GridColumn { Alignment = first, NoWrap = true }.PadLeft(2).PadRight(2)).AddColumn(new GridColumn().PadRight(0));

    private static string Latency(TimeSpan? time) => time is { } measured ? Numbers.Milliseconds(measured) : "–";
}
