using System.Text.Json;
using System.Text.Json.Serialization;

namespace CaseWorker.Contracts;

/// <summary>
/// An event of the log, as the feed tells it: the fields of the <see cref="CaseAccepted"/> that was published for it, and what the command
/// asked for. Folding the bodies in the order of their nonces rebuilds the case's JSON.
/// </summary>
public sealed record FeedEvent
{
    /// <summary>The event's number in the whole store: 1, 2, 3 … without gaps, in commit order. The feed is read after one of these.</summary>
    public required long GlobalNonce { get; init; }

    /// <summary>The case's key, a JSON string of digits.</summary>
    [JsonConverter(typeof(CaseReferenceConverter))]
    public required long CaseReference { get; init; }

    /// <summary>The event's number in its case: 1, 2, 3 … without gaps.</summary>
    public required long Nonce { get; init; }

    /// <summary>The blob's version after the event.</summary>
    public required long Version { get; init; }

    /// <summary>Whether the blob's JSON really changed.</summary>
    public required bool Changed { get; init; }

    /// <summary>The accepted command's action.</summary>
    public required string Action { get; init; }

    /// <summary>The accepted command's id.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>The id of the outcome that was published for it.</summary>
    public required Guid OutcomeId { get; init; }

    /// <summary>As the command gave it.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>As the command gave it.</summary>
    public string? Actor { get; init; }

    /// <summary>When it was recorded, by the database's clock.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>What the command asked for: a case's JSON, a merge patch, a note, or what a registered action takes.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>The case's JSON after the event, only where <see cref="Body"/> alone does not say it: a registered action changed it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Blob { get; init; }
}

/// <summary>Some events of the feed, in order.</summary>
/// <param name="Events">At most as many as were asked for.</param>
/// <param name="After">Ask for what comes after this number next; unchanged where there was nothing.</param>
/// <param name="HasMore">Whether there is more already.</param>
public sealed record FeedPage(IReadOnlyList<FeedEvent> Events, long After, bool HasMore);
