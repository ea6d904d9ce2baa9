using System.Text.Json.Serialization;

namespace CaseWorker.Contracts;

/// <summary>
/// What became of a command: <see cref="CaseAccepted"/>, <see cref="CaseConflicted"/> or <see cref="CaseRejected"/>. Final, recorded
/// once, delivered at least once: a subscriber drops an <see cref="OutcomeId"/> it has seen. <see cref="CaseParked"/> alone is not
/// final: it says that the outcome is still to come.
/// </summary>
public abstract record CaseOutcome
{
    /// <summary><c>accepted</c>, <c>conflicted</c>, <c>rejected</c> or <c>parked</c>.</summary>
    public abstract string Outcome { get; }

    /// <summary>Stable: every delivery of this outcome carries the same id. Also the AMQP message id.</summary>
    [JsonPropertyOrder(-9)]
    public required Guid OutcomeId { get; init; }

    /// <summary>The command that this answers.</summary>
    [JsonPropertyOrder(-8)]
    public required Guid CommandId { get; init; }

    /// <summary>The case's key, a JSON string of digits.</summary>
    [JsonPropertyOrder(-7)]
    [JsonConverter(typeof(CaseReferenceConverter))]
    public required long CaseReference { get; init; }

    /// <summary>The command's action; null if the command was rejected because it had no readable action.</summary>
    [JsonPropertyOrder(-6)]
    public string? Action { get; init; }

    /// <summary>The result as an HTTP status: 200, 202 (parked), 400, 404, 409 or 422.</summary>
    [JsonPropertyOrder(-5)]
    public required int Status { get; init; }

    /// <summary>As the command gave it.</summary>
    [JsonPropertyOrder(-4)]
    public string? CorrelationId { get; init; }

    /// <summary>As the command gave it.</summary>
    [JsonPropertyOrder(-3)]
    public string? Actor { get; init; }

    /// <summary>When the outcome was recorded, by the database's clock.</summary>
    [JsonPropertyOrder(-2)]
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>The command was applied: it is one event in its case's log. Status 200.</summary>
public sealed record CaseAccepted : CaseOutcome
{
    /// <inheritdoc />
    [JsonPropertyOrder(-10)]
    public override string Outcome => "accepted";

    /// <summary>The event's number in its case: 1, 2, 3 … without gaps.</summary>
    public required long Nonce { get; init; }

    /// <summary>The event's number in the whole store: 1, 2, 3 … without gaps, in commit order.</summary>
    public required long GlobalNonce { get; init; }

    /// <summary>The blob's version after the command.</summary>
    public required long Version { get; init; }

    /// <summary>Whether the blob's JSON really changed; false for notes and for writes that changed nothing.</summary>
    public required bool Changed { get; init; }
}

/// <summary>The command proposed a number that is taken, or created a case that exists. Status 409. Read again, then propose again.</summary>
public sealed record CaseConflicted : CaseOutcome
{
    /// <inheritdoc />
    [JsonPropertyOrder(-10)]
    public override string Outcome => "conflicted";

    /// <summary>One of <see cref="ConflictReasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>As the command gave it.</summary>
    public long? ProposedVersion { get; init; }

    /// <summary>As the command gave it.</summary>
    public long? ProposedNonce { get; init; }

    /// <summary>The blob's version now; a change must propose this plus one.</summary>
    public required long CurrentVersion { get; init; }

    /// <summary>The case's last nonce now; a change must propose this plus one.</summary>
    public required long CurrentNonce { get; init; }

    /// <summary>The event that the producer has not seen; null if the case does not exist.</summary>
    public LastEvent? LastEvent { get; init; }
}

/// <summary>The newest event of a case at the time of a conflict.</summary>
/// <param name="Nonce">Its number in the case.</param>
/// <param name="Action">What was done.</param>
/// <param name="Actor">Who did it, where the command said so.</param>
/// <param name="RecordedAt">When, by the database's clock.</param>
public sealed record LastEvent(long Nonce, string Action, string? Actor, DateTimeOffset RecordedAt);

/// <summary>The command can never be applied as it is. Status 400 (invalid), 404 (no such case) or 422 (refused).</summary>
public sealed record CaseRejected : CaseOutcome
{
    /// <inheritdoc />
    [JsonPropertyOrder(-10)]
    public override string Outcome => "rejected";

    /// <summary>One of <see cref="RejectionReasons"/>, or the reason of a handler's own business rule.</summary>
    public required string Reason { get; init; }

    /// <summary>What is wrong where; at least one entry.</summary>
    public required IReadOnlyList<FieldError> Errors { get; init; }

    /// <summary>The blob's version, where the case exists and was looked at.</summary>
    public long? CurrentVersion { get; init; }

    /// <summary>The case's last nonce, where the case exists and was looked at.</summary>
    public long? CurrentNonce { get; init; }
}

/// <summary>
/// A notice, not final: the command, or one of its case before it, fails for a technical reason, and it waits in its order until an
/// operator replays or discards. Status 202. Its outcome follows under an id of its own.
/// </summary>
public sealed record CaseParked : CaseOutcome
{
    /// <inheritdoc />
    [JsonPropertyOrder(-10)]
    public override string Outcome => "parked";

    /// <summary>Why the head of the case failed; <see cref="ParkedReasons"/> where an operator has decided about this command.</summary>
    public required string Reason { get; init; }

    /// <summary>What operators know this command by.</summary>
    public required long DeadLetterId { get; init; }

    /// <summary>The command that all others of the case wait for; with the reason <c>rebased</c> the one that was applied in this one's place.</summary>
    public required Guid HeadCommandId { get; init; }

    /// <summary>This command's position in the parked queue of its case; the head's is 1. It is 0 if the command is no longer in the queue.</summary>
    public required long Position { get; init; }
}

/// <summary>One thing that is wrong with a command.</summary>
/// <param name="Path">Where, as a JSON Pointer (RFC 6901) into the command; empty for the whole command.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record FieldError(string Path, string Message);
