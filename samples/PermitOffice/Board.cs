using System.Diagnostics;
using System.Globalization;
using CaseWorker.Formatting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PermitOffice;

/// <summary>What the audience sees: a table that moves in a terminal, a plain line every few seconds elsewhere.</summary>
internal sealed class Board(DemoTally tally, News news, Town town, TimeSpan length)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);
    private readonly long started = Stopwatch.GetTimestamp();

    public static bool IsLive => DemoConsole.Out.Profile.Capabilities is { Interactive: true, Ansi: true };

    public async Task ShowAsync(Task work)
    {
        if (IsLive)
        {
            await DemoConsole.Out.Live(Draw()).AutoClear(true).StartAsync(async context =>
            {
                while (await Task.WhenAny(work, Task.Delay(Redraw)) != work)
                {
                    context.UpdateTarget(Draw());
                }
            });
            return;
        }

        while (await Task.WhenAny(work, Task.Delay(BetweenLines)) != work)
        {
            System.Console.WriteLine(Line());
        }
    }

    private string Line()
    {
        var (now, elapsed) = (tally.Look(), Stopwatch.GetElapsedTime(started));
        return $"{elapsed.TotalSeconds,3:0} s: accepted {Numbers.Count(now.Accepted)} (unchanged {Numbers.Count(now.Unchanged)}, notes {Numbers.Count(now.Notes)}), "
            + $"conflicted {Numbers.Count(now.Conflicted)}, rejected {Numbers.Count(now.Rejected)}, repeated {Numbers.Count(now.Repeated)}, dead letters {Numbers.Count(now.DeadLetters)}, "
            + $"{Numbers.Rate(now.Answered, elapsed)}, p50 {Latency(now.Median)}, p99 {Latency(now.Slowest)}, backlog {Numbers.Count(now.BatchDispatcher)}";
    }

    private Rows Draw()
    {
        var (now, elapsed) = (tally.Look(), Stopwatch.GetElapsedTime(started));
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().BorderColor(Color.Grey)
            .AddColumn("").AddColumn(new TableColumn("").RightAligned().Width(7)).AddColumn("").AddColumn(new TableColumn("").RightAligned().Width(9));
        table.AddRow("[green]accepted[/]", $"[green]{Numbers.Count(now.Accepted)}[/]", "permits open", Numbers.Count(town.Permits.Count));
        table.AddRow("  unchanged", Numbers.Count(now.Unchanged), "answers", Numbers.Rate(now.Answered, elapsed));
        table.AddRow("  notes", Numbers.Count(now.Notes), "half within", Latency(now.Median));
        table.AddRow("[yellow]conflicted[/]", $"[yellow]{Numbers.Count(now.Conflicted)}[/]", "99 % within", Latency(now.Slowest));
        table.AddRow("[red]rejected[/]", $"[red]{Numbers.Count(now.Rejected)}[/]", "backlog", Numbers.Count(now.BatchDispatcher));
        table.AddRow("repeated answers", Numbers.Count(now.Repeated), "dead letters", Numbers.Count(now.DeadLetters));

        var title = elapsed < length
            ? string.Create(CultureInfo.InvariantCulture, $"A small town's permit office   {elapsed.TotalSeconds:0} s of {length.TotalSeconds:0}   Ctrl-C closes it")
            : "A small town's permit office   closing: waiting for the last answers";
        var (width, height) = (DemoConsole.Out.Profile.Width - 1, DemoConsole.Out.Profile.Height);
        IEnumerable<IRenderable> lines = news.Last(Math.Clamp(height - 12, 3, 14)).Select(line => new Text(line.Length > width ? line[..(width - 1)] + "…" : line));
        return new Rows([new Markup($"[bold]{Markup.Escape(title)}[/]"), table, .. lines]);
    }

    private static string Latency(TimeSpan? time) => time is { } measured ? Numbers.Milliseconds(measured) : "–";
}
