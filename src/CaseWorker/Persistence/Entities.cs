namespace CaseWorker.Persistence;

/// <summary>A row of <c>case_data</c>. <see cref="Version"/> is EF Core's concurrency token.</summary>
internal sealed class CaseData
{
    public long Reference { get; init; }

    public required string JsonBlob { get; set; }

    public long Version { get; set; }

    public long Nonce { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A row of <c>case_notes</c>.</summary>
internal sealed class CaseNote
{
    public long Id { get; init; }

    public long CaseReference { get; init; }

    public required string Body { get; init; }

    public string? Author { get; init; }

    public long Nonce { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A row of <c>case_events</c>: an accepted command.</summary>
internal sealed class CaseEvent
{
    public long GlobalNonce { get; init; }

    public long CaseReference { get; init; }

    public long Nonce { get; init; }

    public required string Action { get; init; }

    public Guid CommandId { get; init; }

    public required byte[] Fingerprint { get; init; }

    public long Version { get; init; }

    public bool Changed { get; init; }

    public required string Body { get; init; }

    /// <summary>The case's JSON after the event, where the command's body alone does not say it; null for the built-in actions.</summary>
    public string? Blob { get; init; }

    public string? Actor { get; init; }

    public string? CorrelationId { get; init; }

    public DateTimeOffset RecordedAt { get; init; }
}

/// <summary>A row of <c>command_refusals</c>: a conflict or a rejection, as published.</summary>
internal sealed class CommandRefusal
{
    public Guid CommandId { get; init; }

    public long CaseReference { get; init; }

    public string? Action { get; init; }

    public required byte[] Fingerprint { get; init; }

    /// <summary><c>conflicted</c> or <c>rejected</c>.</summary>
    public required string Outcome { get; init; }

    public int Status { get; init; }

    public required string Reason { get; init; }

    /// <summary>The outcome's JSON.</summary>
    public required string Published { get; init; }

    public DateTimeOffset RecordedAt { get; init; }
}
