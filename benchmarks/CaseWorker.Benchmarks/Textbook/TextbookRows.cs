namespace CaseWorker.Benchmarks.Textbook;

/// <summary>A case; its version is the concurrency token.</summary>
internal sealed class CaseRow
{
    public long Reference { get; init; }

    public required string JsonBlob { get; set; }

    public long Version { get; set; }

    public long Nonce { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A note beside the blob.</summary>
internal sealed class NoteRow
{
    public long Id { get; init; }

    public long CaseReference { get; init; }

    public required string Body { get; init; }

    public string? Author { get; init; }

    public long Nonce { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An accepted command.</summary>
internal sealed class EventRow
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

    public string? Actor { get; init; }

    public string? CorrelationId { get; init; }

    public DateTimeOffset RecordedAt { get; init; }
}

/// <summary>A conflict or a rejection.</summary>
internal sealed class RefusalRow
{
    public Guid CommandId { get; init; }

    public long CaseReference { get; init; }

    public string? Action { get; init; }

    public required byte[] Fingerprint { get; init; }

    public required string Outcome { get; init; }

    public int Status { get; init; }

    public required string Reason { get; init; }

    public required string Published { get; init; }

    public DateTimeOffset RecordedAt { get; init; }
}
