using CaseWorker.Contracts;

namespace CaseWorker.Persistence;

/// <summary>A row of <c>dead_letters</c>: a message that has no outcome, with its bytes and the reason.</summary>
internal sealed class DeadLetter
{
    public long Id { get; init; }

    /// <summary>One of <see cref="DeadLetterKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>One of <see cref="DeadLetterStates"/>.</summary>
    public string State { get; init; } = DeadLetterStates.Open;

    /// <summary>A word for programs.</summary>
    public required string Reason { get; init; }

    /// <summary>A sentence for people, cleaned and cut.</summary>
    public required string Detail { get; init; }

    public Guid? CommandId { get; init; }

    public long? CaseReference { get; init; }

    public string? Action { get; init; }

    /// <summary>Where the producer published it.</summary>
    public required string Exchange { get; init; }

    public required string RoutingKey { get; init; }

    /// <summary>The AMQP properties and headers as JSON.</summary>
    public required string Headers { get; init; }

    /// <summary>The message's bytes, untouched.</summary>
    public required byte[] Body { get; init; }

    /// <summary>SHA-256 of the message, by which a redelivery after a crash is known.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>The command's fingerprint; null if there is no command.</summary>
    public byte[]? Fingerprint { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The command that was applied in its place; null if there is none.</summary>
    public Guid? Successor { get; init; }

    /// <summary>The same without headers and bytes.</summary>
    public DeadLetterSummary Summary => new(Id, Kind, State, Reason, Detail, CommandId, CaseReference, Action, Exchange, RoutingKey, ReceivedAt, Successor);

    /// <summary>Whether the broker delivered the message before; not stored.</summary>
    public bool IsRedelivery { get; init; }
}

/// <summary>Why a message is a dead letter.</summary>
internal static class DeadLetterKinds
{
    /// <summary>A command whose processing fails every time. Its case is parked behind it.</summary>
    public const string Failed = "failed";

    /// <summary>A command that waits behind a failed one of its case.</summary>
    public const string Held = "held";

    /// <summary>No JSON, no command id or no case reference.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Published with a routing key that is not a slot.</summary>
    public const string Unrouted = "unrouted";

    /// <summary>Given up by the broker at its delivery limit.</summary>
    public const string Undeliverable = "undeliverable";

    public static IReadOnlyList<string> All { get; } = [Failed, Held, Unreadable, Unrouted, Undeliverable];

    /// <summary>Those that are in the parked queue of a case while they are open.</summary>
    public static IReadOnlyList<string> OfCases { get; } = [Failed, Held];
}

/// <summary>What has become of a dead letter.</summary>
internal static class DeadLetterStates
{
    /// <summary>Nobody has dealt with it.</summary>
    public const string Open = "open";

    /// <summary>It was replayed and its outcome is recorded, but perhaps not published yet.</summary>
    public const string Applied = "applied";

    /// <summary>It was replayed; its outcome is published.</summary>
    public const string Replayed = "replayed";

    /// <summary>An operator set it aside; it can be restored.</summary>
    public const string Discarded = ParkedReasons.Discarded;

    /// <summary>Its action lets the case go on without it; it can be restored.</summary>
    public const string Skipped = ParkedReasons.Skipped;

    public static IReadOnlyList<string> All { get; } = [Open, Applied, Replayed, Discarded, Skipped];
}
