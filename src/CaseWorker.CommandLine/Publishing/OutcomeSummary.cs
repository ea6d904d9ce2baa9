namespace CaseWorker.CommandLine.Publishing;

/// <summary>What became of the published commands.</summary>
/// <param name="Published">Commands the broker took over.</param>
/// <param name="Skipped">Lines that were no commands.</param>
/// <param name="Accepted">Accepted, of all actions.</param>
/// <param name="Changed">Of those, built-in actions that changed the JSON.</param>
/// <param name="Unchanged">Built-in actions, notes aside, that left the JSON as it was.</param>
/// <param name="Notes">Accepted notes.</param>
/// <param name="OwnActions">Accepted commands of registered actions, by action.</param>
/// <param name="Conflicted">By reason.</param>
/// <param name="Rejected">By reason.</param>
/// <param name="Refusals">The first conflicts and rejections.</param>
/// <param name="Duplicates">Answered with the outcome that the same command had got before.</param>
/// <param name="Missing">Not answered.</param>
/// <param name="MissingIds">Some of those.</param>
/// <param name="Parked">Of those, how many wait behind a dead letter of their case.</param>
/// <param name="Publishing">From the first publish to the last confirm.</param>
/// <param name="Elapsed">From the first publish to the last outcome.</param>
internal sealed record OutcomeSummary(
    long Published,
    long Skipped,
    long Accepted,
    long Changed,
    long Unchanged,
    long Notes,
    SortedDictionary<string, long> OwnActions,
    SortedDictionary<string, long> Conflicted,
    SortedDictionary<string, long> Rejected,
    IReadOnlyList<Refusal> Refusals,
    long Duplicates,
    long Missing,
    IReadOnlyList<Guid> MissingIds,
    int Parked,
    TimeSpan Publishing,
    TimeSpan Elapsed);
