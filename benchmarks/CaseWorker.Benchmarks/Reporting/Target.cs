using CaseWorker.Benchmarks.Measuring;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>What CaseWorker must reach, and what the medians of this session say. Null if it was not measured.</summary>
/// <param name="Name">The figure.</param>
/// <param name="Limit">The bound.</param>
/// <param name="IsLeast">Whether the bound is the least, or the most.</param>
/// <param name="Value">As measured.</param>
internal sealed record Target(string Name, double Limit, bool IsLeast, double? Value)
{
    public bool? IsReached => Value is { } value ? (IsLeast ? value >= Limit : value < Limit) : null;

    public static IReadOnlyList<Target> All(IReadOnlyList<Result> results)
    {
        Result? Find(string workload, string figure, Contestant contestant) => results.FirstOrDefault(one => one.Workload == workload && one.Figure == figure && one.Contestant == contestant.Name);
        double? Rate(string workload, string figure, Contestant contestant) => Find(workload, figure, contestant)?.PerSecond.Median;
        double? Ours(string workload, string figure) => Rate(workload, figure, Contestant.CaseWorker);
        Target Ratio(string title, string workload, string figure, double limit) =>
            new($"{title}: CaseWorker / textbook", limit, true, Ours(workload, figure) / Rate(workload, figure, Contestant.Textbook));

        Target Warm(string title, string workload, double limit) => new(
            $"{title}, drain when warm: CaseWorker / textbook",
            limit,
            true,
            Find(workload, Figures.Drain, Contestant.CaseWorker)?.WarmPerSecond?.Median / Find(workload, Figures.Drain, Contestant.Textbook)?.WarmPerSecond?.Median);

        var (steady, textbookSteady) = (Find("steady", Figures.Steady, Contestant.CaseWorker)?.P99?.Median, Find("steady", Figures.Steady, Contestant.Textbook)?.P99?.Median);
        var backlog = Find("backlog", Figures.Drain, Contestant.CaseWorker);
        return
        [
            Ratio("spread, drain", "spread", Figures.Drain, 15),
            Warm("spread", "spread", 15),
            Ratio("spread, sustained", "spread", Figures.Sustained, 10),
            Ratio("hot, drain", "hot", Figures.Drain, 20),
            Warm("hot", "hot", 20),
            Ratio("hot, sustained", "hot", Figures.Sustained, 20),
            Ratio("one case, drain", "one", Figures.Drain, 20),
            Warm("one case", "one", 20),
            Ratio("one case, sustained", "one", Figures.Sustained, 20),
            new("spread, drain: CaseWorker / lower ceiling", 0.5, true, Ours("spread", Figures.Drain) / Lower(Rate("spread", Figures.Drain, Contestant.BrokerCeiling), Rate("spread", Figures.Drain, Contestant.DatabaseCeiling))),
            new("drain: million-case table / empty table", 0.8, true, Ours("million", Figures.Drain) / Ours("spread", Figures.Drain)),
            new("p99 at 500 commands/s, ms", 40, false, steady),
            new("p99 at 500 commands/s: CaseWorker / textbook", 1, false, steady / textbookSteady),
            new("peak memory with 200,000 commands queued, MiB", 300_000_000 / 1024.0 / 1024, false, backlog?.PeakMemory?.Max),
            new("memory with 200,000 commands queued: last third / second third", 1.1, false, backlog?.MemoryGrowth?.Max),
        ];
    }

    private static double? Lower(double? one, double? other) => one is { } left && other is { } right ? Math.Min(left, right) : null;
}
