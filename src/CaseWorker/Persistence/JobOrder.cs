using System.Text.Json;

namespace CaseWorker.Persistence;

/// <summary>What a job is to do with the dead letters that it was asked for.</summary>
/// <param name="Id">The job; for a preview, any.</param>
/// <param name="Kind">One of <see cref="JobKinds"/>.</param>
/// <param name="DeadLetters">Frozen when it was asked for.</param>
/// <param name="Changes">What an edit changes, by dead letter.</param>
internal sealed record JobOrder(Guid Id, string Kind, IReadOnlySet<long> DeadLetters, IReadOnlyDictionary<long, BodyChange> Changes)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static IReadOnlyDictionary<long, BodyChange> NoChanges { get; } = new Dictionary<long, BodyChange>();

    /// <summary>As <c>operator_jobs.changes</c> keeps it.</summary>
    public static IReadOnlyDictionary<long, BodyChange> ReadChanges(string? json) =>
        json is null ? NoChanges : JsonSerializer.Deserialize<Dictionary<long, BodyChange>>(json, Options)!;

    public static string? WriteChanges(IReadOnlyDictionary<long, BodyChange> changes) => changes.Count == 0 ? null : JsonSerializer.Serialize(changes, Options);

    /// <summary>
    /// Whether a dead letter is applied as a command of its own, which has the original's place but not its id. What only waits behind the
    /// dead letters that were asked for is applied as it is.
    /// </summary>
    public bool Replaces(long deadLetter) => Kind is not JobKinds.Replay && DeadLetters.Contains(deadLetter);

    public bool Rebases(long deadLetter) => Replaces(deadLetter) && (!Changes.TryGetValue(deadLetter, out var change) || change.Rebase);
}

/// <summary>Another body for a dead letter's command.</summary>
/// <param name="Body">The whole new body as JSON text: as JSON the database would write its numbers differently.</param>
/// <param name="Rebase">Whether its proposals are brought up to date; else they stay.</param>
internal sealed record BodyChange(string Body, bool Rebase);

/// <summary>What jobs do.</summary>
internal static class JobKinds
{
    /// <summary>Applies commands as they were sent.</summary>
    public const string Replay = "replay";

    /// <summary>Applies commands under new ids with proposals of now.</summary>
    public const string Rebase = "rebase";

    /// <summary>Applies a command under a new id with another body.</summary>
    public const string Edit = "edit";
}
