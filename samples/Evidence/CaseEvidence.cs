namespace Evidence;

/// <summary>A row of <c>case_evidence</c>: a document that a party has uploaded elsewhere; here is what identifies it.</summary>
public sealed class CaseEvidence
{
    public required long CaseReference { get; init; }

    /// <summary>SHA-256 of the content, 64 lower-case hexadecimal digits: the document's identity in its case.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The event that attached it.</summary>
    public required long Nonce { get; init; }

    public required string FileName { get; init; }

    public required string MediaType { get; init; }

    public required long SizeBytes { get; init; }

    public string? Description { get; init; }

    /// <summary>Who attached it.</summary>
    public string? Party { get; init; }

    public required DateTimeOffset AttachedAt { get; init; }

    /// <summary>The event that withdrew it; null while it stands.</summary>
    public long? WithdrawnNonce { get; set; }

    public DateTimeOffset? WithdrawnAt { get; set; }

    public string? WithdrawnBy { get; set; }

    public string? WithdrawalReason { get; set; }

    /// <summary>The event that put it into the case's JSON; null before.</summary>
    public long? PublishedNonce { get; set; }
}
