using System.Globalization;
using CaseWorker.Benchmarks.Arena;
using CaseWorker.Benchmarks.Ceilings;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Benchmarks.Reporting;
using CaseWorker.TestSupport;
using Spectre.Console;

namespace CaseWorker.Benchmarks;

/// <summary>All rounds on one pair of servers.</summary>
internal sealed class Session(Settings settings, PrivateServers servers, CancellationToken stop)
{
    /// <summary>Where the search for the sustained rate begins when no drain was measured, commands a second; a slow contestant's is the share it gets of the commands.</summary>
    private const double UnknownRate = 10_000;

    private readonly List<Measurement> measurements = [];
    private readonly List<string> failures = [];
    private readonly Dictionary<string, CaseDatabase> shared = new(StringComparer.Ordinal);
    private int done;

    /// <returns>0 when every run did what its plan says, else 1.</returns>
    public static async Task<int> RunAsync(Settings settings, CancellationToken stop)
    {
        Screen.Out.MarkupLine("Starting PostgreSQL and RabbitMQ, and installing what of them is missing …");
        await PrivateServers.InstallAsync();
        await using var servers = new PrivateServers();
        await servers.StartAsync();
        Screen.Out.MarkupLine("Publishing the contestants …");
        await Shipped.PublishAsync(Path.Combine(servers.Folder, "shipped"), stop);
        var session = new Session(settings, servers, stop);
        if (settings.Adds && await Report.LoadAsync(settings.OutputFolder) is { } earlier)
        {
            session.measurements.AddRange(earlier.Measurements);
            session.failures.AddRange(earlier.Failures);
        }

        var report = await session.MeasureAsync(await Machine.DescribeAsync(servers));
        ReportTable.Write(report);
        Screen.Out.MarkupLineInterpolated($"Written to {settings.OutputFolder}");
        return report.IsCorrect ? 0 : 1;
    }

    private async Task<Report> MeasureAsync(Machine machine)
    {
        var report = Report.Of(settings, machine, measurements, failures);
        var entries = settings.Workloads.SelectMany(workload => settings.Contestants.Where(contestant => TakesPart(contestant, workload)), (workload, contestant) => (workload, contestant)).ToList();
        var total = settings.Rounds * entries.Sum(entry => FiguresOf(entry.workload, entry.contestant).Count());
        if (settings.Workloads.Any(workload => workload.IsPermitFile) && !File.Exists(settings.PermitFile))
        {
            Screen.Out.MarkupLine("The workload permit is skipped: its file is not there. --permit-file says where it is.");
        }

        for (var round = 1; round <= settings.Rounds; round++)
        {
            foreach (var (workload, contestant) in entries)
            {
                foreach (var figure in FiguresOf(workload, contestant))
                {
                    await MeasureOneAsync(new Measurement { Workload = workload.Name, Contestant = contestant.Name, Figure = figure, Round = round }, workload, contestant, total);
                }
            }

            // A long session that is interrupted leaves the rounds it has finished.
            report = Report.Of(settings, machine, measurements, failures);
            await report.SaveAsync(settings.OutputFolder);
        }

        foreach (var database in shared.Values)
        {
            await database.DisposeAsync();
        }

        return report;
    }

    private async Task MeasureOneAsync(Measurement blank, Workload workload, Contestant contestant, int total)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{++done}/{total}  round {blank.Round}  {workload.Name} {blank.Figure}  {contestant.Title}");
        try
        {
            var measured = Screen.Out.Profile.Capabilities.Interactive
                ? await Screen.Out.Status().StartAsync(name.EscapeMarkup(), _ => RunAsync(blank, workload, contestant))
                : await RunAsync(blank, workload, contestant);
            measurements.Add(measured);
            failures.AddRange(measured.Problems.Select(problem => $"{name}: {problem}"));
            Screen.Out.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{name}  [bold]{ReportTable.Summary(measured)}[/]");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            failures.Add($"{name}: {error.Message}");
            Screen.Out.MarkupLineInterpolated($"{name}  [red]{error.Message}[/]");
        }
    }

    private async Task<Measurement> RunAsync(Measurement blank, Workload workload, Contestant contestant)
    {
        if (contestant == Contestant.DiskCeiling)
        {
            return await DiskCeiling.MeasureAsync(blank, servers.Folder, workload.SteadyRate, settings.SteadySeconds, stop);
        }

        var database = workload.IsShared ? await SharedAsync(workload) : null;
        var drained = measurements.LastOrDefault(one => one.Workload == workload.Name && one.Contestant == contestant.Name && one.Figure == Figures.Drain);
        var expected = drained?.WarmPerSecond ?? UnknownRate * contestant.CommandShare;
        var count = blank.Figure switch
        {
            Figures.Sustained => SustainedRun.CommandsFor(expected, settings.StepSeconds),
            Figures.Steady => SteadyRun.CommandsFor(workload.SteadyRate, settings.SteadySeconds),
            _ => settings.CommandsFor(workload, contestant),
        };
        await using var run = await Run.OpenAsync(servers, workload, database, Plan(blank, workload, count));
        return blank.Figure switch
        {
            Figures.Sustained => await SustainedRun.MeasureAsync(run, contestant, blank, settings.StepSeconds, expected, stop),
            Figures.Steady => await SteadyRun.MeasureAsync(run, contestant, blank, workload.SteadyRate, settings.SteadySeconds, stop),
            _ => await DrainRun.MeasureAsync(run, contestant, blank, stop),
        };
    }

    /// <summary>The same for all contestants of a round, except where they share a database and each needs cases of its own.</summary>
    private List<PlannedCommand> Plan(Measurement blank, Workload workload, int count)
    {
        if (workload.IsPermitFile)
        {
            return [.. PermitFile.Read(settings.PermitFile).Take(count)];
        }

        var slices = workload.IsShared ? settings.Rounds * settings.Contestants.Count : 1;
        var slice = workload.IsShared ? ((blank.Round - 1) * settings.Contestants.Count) + settings.Contestants.ToList().FindIndex(one => one.Name == blank.Contestant) : 0;
        return new PlanMaker(workload, blank.Round, slice, slices).Make(count);
    }

    private async Task<CaseDatabase> SharedAsync(Workload workload) =>
        shared.TryGetValue(workload.Name, out var database) ? database : shared[workload.Name] = await CaseDatabase.CreateAsync(servers, workload);

    private bool TakesPart(Contestant contestant, Workload workload) => workload switch
    {
        { IsPermitFile: true } when !File.Exists(settings.PermitFile) => false,
        { BatchDispatcher: > 0 } or { HasOwnActions: true } => contestant == Contestant.CaseWorker,
        _ when contestant == Contestant.DiskCeiling => workload.SteadyRate > 0,
        _ => !contestant.IsCeiling || workload.HasCeilings,
    };

    private IEnumerable<string> FiguresOf(Workload workload, Contestant contestant) =>
        FiguresFor(workload, contestant).Where(settings.Figures.Contains);

    private IEnumerable<string> FiguresFor(Workload workload, Contestant contestant)
    {
        if (workload.SteadyRate > 0)
        {
            return [Figures.Steady];
        }

        // A quick run searches once only.
        var searches = workload.HasSustained && !contestant.IsCeiling && (!settings.IsQuick || workload.HasCeilings);
        return searches ? [Figures.Drain, Figures.Sustained] : [Figures.Drain];
    }
}

/// <summary>What is measured.</summary>
internal static class Figures
{
    public const string Drain = "drain";
    public const string Sustained = "sustained";
    public const string Steady = "steady";

    public static IReadOnlyList<string> All { get; } = [Drain, Sustained, Steady];
}
