namespace CaseWorker.Benchmarks.Measuring;

/// <summary>One run of one contestant. Figures that a run does not have are null.</summary>
internal sealed record Measurement
{
    public required string Workload { get; init; }

    public required string Contestant { get; init; }

    /// <summary><c>drain</c>, <c>sustained</c> or <c>steady</c>.</summary>
    public required string Figure { get; init; }

    public int Round { get; init; }

    public int Commands { get; init; }

    /// <summary>Commands a second.</summary>
    public double PerSecond { get; init; }

    /// <summary>Commands a second over the last two thirds of a drain: the compiler has warmed up by then.</summary>
    public double? WarmPerSecond { get; init; }

    /// <summary>CPU seconds a thousand commands.</summary>
    public CpuShare? Cpu { get; init; }

    /// <summary>MiB, the most the worker's process ever had.</summary>
    public double? PeakMemory { get; init; }

    /// <summary>The worker's mean memory in the last third of the run, as a multiple of that in the second.</summary>
    public double? MemoryGrowth { get; init; }

    /// <summary>Commands in one transaction.</summary>
    public BatchSizes? Batches { get; init; }

    /// <summary>Milliseconds.</summary>
    public Latency? Latency { get; init; }

    /// <summary>What was wrong with the tables or the outcomes after the run; empty for a correct one.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <summary>CPU seconds by process: worker, PostgreSQL with all backends, RabbitMQ, and the harness's publisher and subscriber.</summary>
internal sealed record CpuShare(double Worker, double Database, double Broker, double Harness)
{
    public static CpuShare operator -(CpuShare left, CpuShare right) =>
        new(left.Worker - right.Worker, left.Database - right.Database, left.Broker - right.Broker, left.Harness - right.Harness);

    public CpuShare PerThousand(int commands) => new(Worker * 1000 / commands, Database * 1000 / commands, Broker * 1000 / commands, Harness * 1000 / commands);
}

/// <summary>Commands in a transaction, by the rows' own transaction ids.</summary>
internal sealed record BatchSizes(double Mean, int Median, int Largest);

/// <summary>Milliseconds from the moment a command was due to its outcome at the subscriber, at the percentiles 50, 99 and 99.9.</summary>
internal sealed record Latency(double P50, double P99, double P999)
{
    public static Latency Of(IEnumerable<double> milliseconds)
    {
        var sorted = milliseconds.Order().ToArray();
        return new Latency(At(0.5), At(0.99), At(0.999));

        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
