using CaseWorker.Contracts;
using Microsoft.Extensions.Options;

namespace CaseWorker.Configuration;

/// <summary>The worker's settings, section <c>CaseWorker</c> (environment: <c>CaseWorker__Concurrency=2</c>).</summary>
internal sealed class CaseWorkerOptions
{
    public const string Section = "CaseWorker";

    /// <summary>
    /// Slots, 1 to 64. Part of the wire contract: producers compute routing keys with the same number. Other than 64 is for small tests.
    /// </summary>
    public int Slots { get; set; } = CaseTopology.SlotCount;

    /// <summary>
    /// Batch workers, 1 to 64: how many batches are processed at the same time, each on a database connection of its own. More of them hide waiting for disk and broker;
    /// more than a few per core only queue for the global head.
    /// </summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>
    /// Commands in one transaction, 1 to 2000, or as many as have 2 MiB. A batch never waits to become full; one that is not full waits at most until the one before
    /// it is committed.
    /// </summary>
    public int BatchLimit { get; set; } = 400;

    /// <summary>
    /// Deliveries a slot may hold unacknowledged, 1 to 2000. Times the slots, it bounds the worker's memory, and a hot case's batch.
    /// </summary>
    public int PrefetchPerSlot { get; set; } = 400;

    /// <summary>
    /// Deliveries of one message before the broker gives it up to <c>case-commands.undeliverable</c>, 20 to 10000. Each crash of a
    /// worker counts one for everything it held, so it is far above what restarts alone can reach.
    /// </summary>
    public int DeliveryLimit { get; set; } = 1000;

    /// <summary>Commands of one case that may wait behind a dead letter, 1 to 1,000,000. At the limit the batch worker waits for an operator; nothing is dropped.</summary>
    public int ParkedPerCase { get; set; } = 10_000;

    /// <summary>Open dead letters altogether, 1 to 10,000,000. At the limit the batch workers that have another wait for an operator.</summary>
    public int DeadLetterLimit { get; set; } = 1_000_000;

    /// <summary>
    /// Actions whose commands are skipped (state <c>skipped</c>) when they fail every time, and do not hold up their case; default none.
    /// Environment: <c>CaseWorker__Skip__0=note.add</c>, <c>CaseWorker__Skip__1=…</c>.
    /// </summary>
    public IReadOnlyList<string> Skip { get; set; } = [];

    /// <summary>Whether operators may replay a dead letter with another body, default no: the effect then is not what was sent.</summary>
    public bool EditDeadLetters { get; set; }
}

/// <summary>A setting, and the values that can work.</summary>
/// <param name="Name">The property of <see cref="CaseWorkerOptions"/>.</param>
/// <param name="Value">Reads it.</param>
/// <param name="Minimum">The least that can work.</param>
/// <param name="Maximum">The most that can work.</param>
internal sealed record OptionRange(string Name, Func<CaseWorkerOptions, int> Value, int Minimum, int Maximum)
{
    public static IReadOnlyList<OptionRange> All { get; } =
    [
        new(nameof(CaseWorkerOptions.Slots), options => options.Slots, 1, CaseTopology.SlotCount),
        new(nameof(CaseWorkerOptions.Concurrency), options => options.Concurrency, 1, 64),
        new(nameof(CaseWorkerOptions.BatchLimit), options => options.BatchLimit, 1, 2000),
        new(nameof(CaseWorkerOptions.PrefetchPerSlot), options => options.PrefetchPerSlot, 1, 2000),
        new(nameof(CaseWorkerOptions.DeliveryLimit), options => options.DeliveryLimit, 20, 10_000),
        new(nameof(CaseWorkerOptions.ParkedPerCase), options => options.ParkedPerCase, 1, 1_000_000),
        new(nameof(CaseWorkerOptions.DeadLetterLimit), options => options.DeadLetterLimit, 1, 10_000_000),
    ];

    /// <summary>Its name in the environment.</summary>
    public string Variable => $"{CaseWorkerOptions.Section}__{Name}";
}

/// <summary>Refuses settings that cannot work, before anything starts.</summary>
internal sealed class CaseWorkerOptionsValidator : IValidateOptions<CaseWorkerOptions>
{
    public ValidateOptionsResult Validate(string? name, CaseWorkerOptions options)
    {
        var errors = OptionRange.All
            .Where(range => range.Value(options) < range.Minimum || range.Value(options) > range.Maximum)
            .Select(range => $"CaseWorker:{range.Name} is {range.Value(options)}; set it to {range.Minimum} to {range.Maximum} (environment: {range.Variable}).")
            .ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
