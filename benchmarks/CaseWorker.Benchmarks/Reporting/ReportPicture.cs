using System.Globalization;
using System.Text;
using CaseWorker.Benchmarks.Plans;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>The rates as bars, with a line from minimum to maximum. Plain SVG: no scripts, and readable on light and on dark pages.</summary>
internal static class ReportPicture
{
    private const int Width = 760;
    private const int LabelWidth = 170;
    private const int BarWidth = 450;
    private const int BarHeight = 16;

    private const string Style = """
        <style>
          .card { fill: #ffffff; stroke: #d0d7de; } text { font: 12px system-ui, sans-serif; fill: #1f2328; } .title { font-weight: 600; font-size: 14px; } .quiet { fill: #59636e; }
          .caseworker { fill: #0969da; } .textbook { fill: #bf8700; } .broker, .database { fill: #8c959f; } .span { stroke: #1f2328; stroke-width: 1.5; }
          @media (prefers-color-scheme: dark) {
            .card { fill: #0d1117; stroke: #3d444d; } text { fill: #f0f6fc; } .quiet { fill: #9198a1; }
            .caseworker { fill: #4493f8; } .textbook { fill: #d29922; } .broker, .database { fill: #656c76; } .span { stroke: #f0f6fc; }
          }
        </style>
        """;

    public static string Draw(Report report)
    {
        var groups = report.Results
            .Where(result => result.Figure is not Figures.Steady)
            .GroupBy(result => (result.Workload, result.Figure))
            .OrderBy(group => Workload.All.ToList().FindIndex(workload => workload.Name == group.Key.Workload))
            .ToList();
        var longest = groups.SelectMany(group => group).Select(result => result.PerSecond.Max).DefaultIfEmpty(1).Max();
        var body = new StringBuilder();
        var y = 58;
        foreach (var group in groups)
        {
            var workload = Workload.All.First(one => one.Name == group.Key.Workload);
            Text(body, 16, y + 11, "title", $"{workload.Title}, {group.Key.Figure}");
            y += 22;
            foreach (var result in group)
            {
                Bar(body, y, result, longest);
                y += BarHeight + 4;
            }

            y += 12;
        }

        var note = string.Create(CultureInfo.InvariantCulture, $"{(report.IsQuick ? "Rough figures of a quick run. " : "")}{(report.Results.Any(result => result.Runs < report.Rounds) ? "up to " : "")}{report.Rounds} {(report.Rounds == 1 ? "round" : "rounds")}, {report.Machine.Processors} processors, {report.MeasuredAt:yyyy-MM-dd}; bar: median, line: minimum to maximum");
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {y}" width="{Width}" height="{y}" role="img" aria-label="Commands a second by workload and contestant">
            {Style}
            <rect class="card" x="0.5" y="0.5" width="{Width - 1}" height="{y - 1}" rx="6"/>
            <text class="title" x="16" y="24">Commands a second</text>
            <text class="quiet" x="16" y="42">{note}</text>
            {body}</svg>

            """);
    }

    private static void Bar(StringBuilder body, int y, Result result, double longest)
    {
        double At(double value) => LabelWidth + (value / longest * BarWidth);
        var (end, middle) = (At(result.PerSecond.Median), y + (BarHeight / 2));
        Text(body, 16, y + 12, "quiet", ReportTable.TitleOf(result.Contestant));
        body.AppendLine(CultureInfo.InvariantCulture, $"""<rect class="{result.Contestant}" x="{LabelWidth}" y="{y}" width="{end - LabelWidth:0.0}" height="{BarHeight}" rx="2"/>""");
        if (result.Runs > 1)
        {
            body.AppendLine(CultureInfo.InvariantCulture, $"""<line class="span" x1="{At(result.PerSecond.Min):0.0}" x2="{At(result.PerSecond.Max):0.0}" y1="{middle}" y2="{middle}"/>""");
        }

        Text(body, At(result.PerSecond.Max) + 8, y + 12, "", ReportTable.Number(result.PerSecond.Median));
    }

    private static void Text(StringBuilder body, double x, int y, string kind, string text) =>
        body.AppendLine(CultureInfo.InvariantCulture, $"""<text class="{kind}" x="{x:0.0}" y="{y}">{text}</text>""");
}
