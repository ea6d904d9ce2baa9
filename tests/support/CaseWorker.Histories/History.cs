using System.Text.Json.Nodes;

namespace CaseWorker.Histories;

/// <summary>
/// What happened in one run, from the first command to the last outcome. Data only: the checks are functions of it, and use nothing
/// of the product.
/// </summary>
internal sealed record History
{
    /// <summary>Every command that was published, each publisher's in its order. A case's commands all come from one publisher.</summary>
    public required IReadOnlyList<Publication> Publications { get; init; }

    public required IReadOnlyList<Subscriber> Subscribers { get; init; }

    /// <summary>What a reader by global nonce saw while the run went on, in the order in which it saw it; null if none looked.</summary>
    public IReadOnlyList<SeenEvent>? Seen { get; init; }

    /// <summary>The database at the end.</summary>
    public required Tables Tables { get; init; }

    /// <summary>Messages left in each queue of the worker's at the end; empty if nobody counted.</summary>
    public IReadOnlyDictionary<string, uint> Waiting { get; init; } = new Dictionary<string, uint>(StringComparer.Ordinal);
}

/// <summary>A command as it was published.</summary>
/// <param name="CommandId">Its id.</param>
/// <param name="CaseReference">Its case.</param>
/// <param name="IsConfirmed">Whether the broker said that it has it. One without a confirm may be there or not.</param>
/// <param name="Expected">What must become of it; null for another command under a used id, which is refused without a record.</param>
internal sealed record Publication(Guid CommandId, long CaseReference, bool IsConfirmed, Expected? Expected);

/// <summary>All that one subscriber received, in order, repeats included.</summary>
internal sealed record Subscriber(string Name, IReadOnlyList<Delivered> Deliveries);

/// <summary>An outcome as it was received.</summary>
/// <param name="Body">Its JSON.</param>
/// <param name="WasVisible">Whether a SELECT at that moment found its event; null if nobody looked.</param>
internal sealed record Delivered(JsonObject Body, bool? WasVisible = null)
{
    public Guid CommandId { get; } = Guid.Parse(Body["commandId"]!.GetValue<string>());

    public string OutcomeId => Body["outcomeId"]!.GetValue<string>();

    public string Outcome => Body["outcome"]!.GetValue<string>();

    public string? Reason => Body["reason"]?.GetValue<string>();

    public bool IsReuse => Reason is "command-id-reused";

    public long Number(string field) => (long?)Body[field] ?? 0;
}

/// <summary>An event as the live reader saw it.</summary>
internal sealed record SeenEvent(long GlobalNonce, Guid CommandId);

/// <summary>The worker's tables, as plain SQL reads them.</summary>
internal sealed record Tables
{
    /// <summary>By global nonce.</summary>
    public required IReadOnlyList<EventRow> Events { get; init; }

    public required IReadOnlyList<RefusalRow> Refusals { get; init; }

    public required IReadOnlyList<CaseRow> Cases { get; init; }

    public required IReadOnlyList<NoteRow> Notes { get; init; }

    public required IReadOnlyList<DeadLetterRow> DeadLetters { get; init; }

    /// <summary>The number in <c>global_head</c>.</summary>
    public required long GlobalHead { get; init; }
}

internal sealed record EventRow(
    long GlobalNonce,
    long CaseReference,
    long Nonce,
    Guid CommandId,
    string Action,
    long Version,
    bool Changed,
    JsonNode Body,
    string? Actor)
{
    /// <summary>The case's JSON after it, where a registered action changed that.</summary>
    public JsonNode? Blob { get; init; }
}

/// <param name="CommandId">The refused command.</param>
/// <param name="Published">The outcome's JSON.</param>
internal sealed record RefusalRow(Guid CommandId, JsonObject Published);

internal sealed record CaseRow(long Reference, JsonNode Blob, long Version, long Nonce);

internal sealed record NoteRow(long CaseReference, long Nonce, string Body, string? Author);

/// <param name="CommandId">Null for a message that is not a command.</param>
/// <param name="Detail">Why, for people.</param>
internal sealed record DeadLetterRow(Guid? CommandId, string Detail);
