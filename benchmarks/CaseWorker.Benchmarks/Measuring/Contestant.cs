using CaseWorker.Benchmarks.Arena;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>Who is measured.</summary>
/// <param name="Name">As given to <c>--contestants</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="CommandShare">How many of the round's commands it gets: of the same plan the first ones, so that runs take about as long.</param>
internal sealed record Contestant(string Name, string Title, double CommandShare)
{
    public static readonly Contestant CaseWorker = new("caseworker", "CaseWorker", 1);
    public static readonly Contestant Textbook = new("textbook", "textbook worker", 0.05);
    public static readonly Contestant BrokerCeiling = new("broker", "ceiling: broker only", 1);
    public static readonly Contestant DatabaseCeiling = new("database", "ceiling: database only", 1);

    public static readonly Contestant DiskCeiling = new("disk", "ceiling: disk only", 1);

    public static IReadOnlyList<Contestant> All { get; } = [CaseWorker, Textbook, BrokerCeiling, DatabaseCeiling, DiskCeiling];

    public bool IsCeiling => this == BrokerCeiling || this == DatabaseCeiling || this == DiskCeiling;

    /// <summary>Starts the process of one that takes commands from the broker.</summary>
    public ChildProcess Start(RunArena arena) => this == CaseWorker
        ? arena.HasOwnActions ? ChildProcess.Evidence(arena.Environment, "run") : ChildProcess.CaseWorker(arena.Environment)
        : ChildProcess.Self(Name, arena.Environment);
}
