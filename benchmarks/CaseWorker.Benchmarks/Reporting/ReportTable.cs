using System.Globalization;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;
using Spectre.Console;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>The report for the terminal.</summary>
internal static class ReportTable
{
    public static void Write(Report report)
    {
        Screen.Out.Write(Results(report));
        Screen.Out.MarkupLine("Warm: the last two thirds of a drain. CPU in seconds a thousand commands; batches are commands in one transaction; memory is the worker's peak. Medians; minimum and maximum in parentheses.");
        Screen.Out.Write(Targets(report));
        foreach (var failure in report.Failures)
        {
            Screen.Out.MarkupLineInterpolated($"[red]{failure}[/]");
        }
    }

    /// <summary>A run in some words.</summary>
    public static string Summary(Measurement run)
    {
        var speed = run.Latency is { } latency
            ? string.Create(CultureInfo.InvariantCulture, $"p50 {latency.P50:0.0} ms, p99 {latency.P99:0.0} ms, p99.9 {latency.P999:0.0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{run.PerSecond:N0} commands/s");
        return run.Problems.Count == 0 ? speed : $"{speed}, WRONG: {string.Join("; ", run.Problems)}";
    }

    public static string TitleOf(string contestant) => Contestant.All.First(one => one.Name == contestant).Title;

    public static string Number(double? value) => value switch
    {
        null => "–",
        >= 100 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static Table Results(Report report)
    {
        var table = new Table().RoundedBorder();
        table.AddColumns("workload", "figure", "contestant", "commands/s", "warm", "worker CPU", "database CPU", "broker CPU", "harness CPU", "MiB", "batch (largest)", "p50 / p99 / p99.9 ms");
        foreach (var column in table.Columns.Skip(3))
        {
            column.RightAligned();
        }

        foreach (var result in report.Results.OrderBy(one => Workload.All.ToList().FindIndex(workload => workload.Name == one.Workload)))
        {
            table.AddRow(
                result.Workload,
                result.Figure,
                TitleOf(result.Contestant),
                $"{Number(result.PerSecond.Median)} ({Number(result.PerSecond.Min)}–{Number(result.PerSecond.Max)})",
                Number(result.WarmPerSecond?.Median),
                Number(result.WorkerCpu?.Median),
                Number(result.DatabaseCpu?.Median),
                Number(result.BrokerCpu?.Median),
                Number(result.HarnessCpu?.Median),
                Number(result.PeakMemory?.Median),
                result.BatchMean is null ? "–" : $"{Number(result.BatchMean.Median)} ({Number(result.BatchLargest?.Max)})",
                result.P50 is null ? "–" : $"{Number(result.P50.Median)} / {Number(result.P99?.Median)} / {Number(result.P999?.Median)}");
        }

        return table;
    }

    private static Table Targets(Report report)
    {
        var table = new Table().RoundedBorder();
        table.AddColumns("target", "bound", "measured", "");
        foreach (var target in report.Targets)
        {
            table.AddRow(
                target.Name,
                $"{(target.IsLeast ? "at least" : "below")} {Number(target.Limit)}",
                Number(target.Value),
                target.IsReached switch { true => "[green]reached[/]", false => "[red]not reached[/]", null => "[grey]not measured[/]" });
        }

        return table;
    }
}
