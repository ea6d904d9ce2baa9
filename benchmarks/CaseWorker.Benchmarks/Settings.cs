using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;

namespace CaseWorker.Benchmarks;

/// <summary>What is measured, and how long.</summary>
internal sealed record Settings
{
    public required int Rounds { get; init; }

    public required IReadOnlyList<Workload> Workloads { get; init; }

    public required IReadOnlyList<Contestant> Contestants { get; init; }

    /// <summary>Which of <see cref="Benchmarks.Figures"/>.</summary>
    public required IReadOnlyList<string> Figures { get; init; }

    /// <summary>Commands that are drained; the textbook worker gets a twentieth, and of large ones there are a twentieth.</summary>
    public required int Commands { get; init; }

    /// <summary>The permit applications; the workload is skipped where the file is not there.</summary>
    public required string PermitFile { get; init; }

    /// <summary>Seconds of one step in the search for the sustained rate.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Seconds of the steady rate.</summary>
    public required double SteadySeconds { get; init; }

    /// <summary>Where the table, the figures and the picture go.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Whether what is in that folder already counts too.</summary>
    public bool Adds { get; init; }

    public required bool IsQuick { get; init; }

    public int CommandsFor(Workload workload, Contestant contestant) => workload.BatchDispatcher > 0
        ? workload.BatchDispatcher
        : Math.Max(100, (int)(Commands / workload.CommandDivisor * contestant.CommandShare));
}
