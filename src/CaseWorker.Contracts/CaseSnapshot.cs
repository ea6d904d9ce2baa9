using System.Text.Json;
using System.Text.Json.Serialization;

namespace CaseWorker.Contracts;

/// <summary>A case, now or at a version or nonce: the response of <c>GET /cases/{reference}</c>.</summary>
public sealed record CaseSnapshot
{
    /// <summary>The case's key, a JSON string of digits.</summary>
    [JsonConverter(typeof(CaseReferenceConverter))]
    public required long CaseReference { get; init; }

    /// <summary>The blob's version; a change must propose this plus one. Also the ETag.</summary>
    public required long Version { get; init; }

    /// <summary>The number of the case's last event; a command that proposes a nonce must propose this plus one.</summary>
    public required long Nonce { get; init; }

    /// <summary>When the case was created, by the database's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its last event was recorded, by the database's clock.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The case's JSON object.</summary>
    public required JsonElement Blob { get; init; }
}
