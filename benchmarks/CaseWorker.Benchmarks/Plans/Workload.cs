namespace CaseWorker.Benchmarks.Plans;

/// <summary>What is sent, to which cases, and what is measured with it.</summary>
/// <param name="Name">As given to <c>--workloads</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Cases">Cases that exist beforehand. 0: the commands create theirs.</param>
/// <param name="EventsPerCase">Length of the log that each of them has beforehand.</param>
/// <param name="Mix">Shares of the commands.</param>
/// <param name="BlobBytes">Size of the blobs that <c>case.replace</c> writes; 0 if nothing is replaced.</param>
internal sealed record Workload(string Name, string Title, int Cases, int EventsPerCase, Mix Mix, int BlobBytes = 0)
{
    public const int SpreadCases = 20_000;

    /// <summary>Whether the highest steady rate is searched for too; where that says nothing new, the time is saved.</summary>
    public bool HasSustained { get; init; }

    /// <summary>Whether the ceilings are measured with it.</summary>
    public bool HasCeilings { get; init; }

    /// <summary>Set: nothing is drained; commands come at this rate (a second) and their latency is measured.</summary>
    public int SteadyRate { get; init; }

    /// <summary>Set: this many commands are queued, whatever <c>--commands</c> says; only CaseWorker runs it, for its memory.</summary>
    public int BatchDispatcher { get; init; }

    /// <summary>Set: the database is made once for all runs, which take turns on its cases.</summary>
    public bool IsShared { get; init; }

    /// <summary>Set: the commands are those of the permit file.</summary>
    public bool IsPermitFile { get; init; }

    /// <summary>Whether its commands are those of the sample samples/Evidence, whose executable then runs it; no other contestant knows them.</summary>
    public bool HasOwnActions => Mix.Evidence > 0;

    /// <summary>A share of the large commands is enough: each is as long as two hundred others.</summary>
    public int CommandDivisor => BlobBytes > 0 ? 20 : 1;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("spread", "20,000 cases", SpreadCases, 1, Mix.Merges) { HasSustained = true, HasCeilings = true },
        new("hot", "10 cases", 10, 1, Mix.Merges) { HasSustained = true },
        new("one", "one case", 1, 1, Mix.Merges) { HasSustained = true },
        new("mixed", "60 % merge, 30 % note, 10 % stale", SpreadCases, 1, Mix.Mixed) { HasSustained = true },
        new("permit", "permit applications", 0, 0, Mix.Merges) { IsPermitFile = true },
        new("large", "64 KiB blobs", 500, 1, Mix.Replaces, 64 * 1024),
        new("million", "a million cases, ten million events before", 1_000_000, 10, Mix.Merges) { IsShared = true },
        new("steady", "500 commands a second", SpreadCases, 1, Mix.Mixed) { SteadyRate = 500 },
        new("evidence", "2,000 cases, a registered action with its own table", 2_000, 1, Mix.Uploads),
        new("backlog", "200,000 commands queued", SpreadCases, 1, Mix.Merges) { BatchDispatcher = 200_000 },
    ];
}

/// <summary>Shares in per cent: what is left of 100 are merges with right proposals.</summary>
internal sealed record Mix(int Notes, int Stale, int Replace, int Evidence = 0)
{
    public static readonly Mix Merges = new(Notes: 0, Stale: 0, Replace: 0);
    public static readonly Mix Mixed = new(Notes: 30, Stale: 10, Replace: 0);
    public static readonly Mix Uploads = new(Notes: 0, Stale: 0, Replace: 0, Evidence: 100);
    public static readonly Mix Replaces = new(Notes: 0, Stale: 0, Replace: 100);
}
