using System.Text.Json;
using System.Text.Json.Serialization;

namespace CaseWorker.Contracts;

/// <summary>
/// One change that a producer asks for. Published as plain JSON to the exchange <see cref="CaseTopology.CommandExchange"/>
/// with the routing key <see cref="CaseTopology.SlotOf(long, int)"/> of its case and the AMQP message id <see cref="CommandId"/>.
/// </summary>
public sealed record CaseCommand
{
    /// <summary>The command's identity, chosen by the producer. A retry carries the same id; a new intention carries a new one.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>The case's key, 1 to 9223372036854775807. A JSON string of digits on the wire; a JSON number is read too.</summary>
    [JsonConverter(typeof(CaseReferenceConverter))]
    public required long CaseReference { get; init; }

    /// <summary>What to do: one of <see cref="CaseActions"/> or an action that the worker's owner registered.</summary>
    public required string Action { get; init; }

    /// <summary>
    /// The blob version that this change will get: the version the producer last saw, plus one. Blob actions need this or
    /// <see cref="ProposedNonce"/>; <see cref="CaseActions.NoteAdd"/> refuses it.
    /// </summary>
    public long? ProposedVersion { get; init; }

    /// <summary>The event number in its case that this change will get: the nonce the producer last saw, plus one.</summary>
    public long? ProposedNonce { get; init; }

    /// <summary>The action's own content. The whole command may have 1 MiB, depth 64 and 10,000 properties.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Who asks, at most 256 characters. Kept with the event and given back in the outcome.</summary>
    public string? Actor { get; init; }

    /// <summary>The producer's own thread through several commands, at most 256 characters. Given back in the outcome.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>When the producer issued the command (its clock, RFC 3339). Informative: it decides nothing.</summary>
    public DateTimeOffset? IssuedAt { get; init; }
}
