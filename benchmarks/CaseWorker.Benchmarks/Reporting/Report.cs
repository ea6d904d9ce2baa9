using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Benchmarks.Measuring;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>Everything that one session found out.</summary>
internal sealed record Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public required DateTimeOffset MeasuredAt { get; init; }

    public required Machine Machine { get; init; }

    public required bool IsQuick { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Whether every run did what its plan says.</summary>
    public required bool IsCorrect { get; init; }

    public required IReadOnlyList<Result> Results { get; init; }

    public required IReadOnlyList<Target> Targets { get; init; }

    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>The single runs.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    public static Report Of(Settings settings, Machine machine, IReadOnlyList<Measurement> measurements, IReadOnlyList<string> failures)
    {
        var results = measurements
            .GroupBy(one => (one.Workload, one.Figure, one.Contestant))
            .Select(group => Result.Of([.. group]))
            .ToList();
        return new Report
        {
            MeasuredAt = DateTimeOffset.UtcNow,
            Machine = machine,
            IsQuick = settings.IsQuick,
            Rounds = results.Select(result => result.Runs).DefaultIfEmpty(0).Max(),
            IsCorrect = failures.Count == 0,
            Results = results,
            Targets = Target.All(results),
            Failures = failures,
            Measurements = measurements,
        };
    }

    /// <summary>What an earlier session saved there; null if nothing was.</summary>
    public static async Task<Report?> LoadAsync(string folder)
    {
        var file = Path.Combine(folder, "performance.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<Report>(await File.ReadAllTextAsync(file), Json) : null;
    }

    public async Task SaveAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "performance.json"), JsonSerializer.Serialize(this, Json) + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "performance.svg"), ReportPicture.Draw(this));
    }
}

/// <summary>The middle of several runs, and how far they lie apart.</summary>
internal sealed record Range(double Median, double Min, double Max)
{
    /// <returns>Null for no values.</returns>
    public static Range? Of(IEnumerable<double?> values)
    {
        var sorted = values.Where(value => value is not null).Select(value => value!.Value).Order().ToList();
        return sorted.Count == 0 ? null : new Range((sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>One contestant's runs of one figure. Units as in <see cref="Measurement"/>.</summary>
internal sealed record Result
{
    public required string Workload { get; init; }

    public required string Figure { get; init; }

    public required string Contestant { get; init; }

    public required int Runs { get; init; }

    public required Range PerSecond { get; init; }

    public Range? WarmPerSecond { get; init; }

    public Range? WorkerCpu { get; init; }

    public Range? DatabaseCpu { get; init; }

    public Range? BrokerCpu { get; init; }

    public Range? HarnessCpu { get; init; }

    public Range? PeakMemory { get; init; }

    public Range? MemoryGrowth { get; init; }

    public Range? BatchMean { get; init; }

    public Range? BatchLargest { get; init; }

    public Range? P50 { get; init; }

    public Range? P99 { get; init; }

    public Range? P999 { get; init; }

    public static Result Of(IReadOnlyList<Measurement> runs) => new()
    {
        Workload = runs[0].Workload,
        Figure = runs[0].Figure,
        Contestant = runs[0].Contestant,
        Runs = runs.Count,
        PerSecond = Range.Of(runs.Select(run => (double?)run.PerSecond))!,
        WarmPerSecond = Range.Of(runs.Select(run => run.WarmPerSecond)),
        WorkerCpu = Range.Of(runs.Select(run => run.Cpu?.Worker)),
        DatabaseCpu = Range.Of(runs.Select(run => run.Cpu?.Database)),
        BrokerCpu = Range.Of(runs.Select(run => run.Cpu?.Broker)),
        HarnessCpu = Range.Of(runs.Select(run => run.Cpu?.Harness)),
        PeakMemory = Range.Of(runs.Select(run => run.PeakMemory)),
        MemoryGrowth = Range.Of(runs.Select(run => run.MemoryGrowth)),
        BatchMean = Range.Of(runs.Select(run => run.Batches?.Mean)),
        BatchLargest = Range.Of(runs.Select(run => (double?)run.Batches?.Largest)),
        P50 = Range.Of(runs.Select(run => run.Latency?.P50)),
        P99 = Range.Of(runs.Select(run => run.Latency?.P99)),
        P999 = Range.Of(runs.Select(run => run.Latency?.P999)),
    };
}
