using System.Text;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Parsing;

namespace CaseWorker.Cases;

/// <summary>
/// A command as it was read from the wire: it has an id and a case, and either everything an action needs or <see cref="Errors"/>.
/// </summary>
internal sealed record Command
{
    public required Guid Id { get; init; }

    public required long CaseReference { get; init; }

    /// <summary>The action's name as sent; null if it was missing or no text.</summary>
    public string? ActionName { get; init; }

    /// <summary>The registered action; null only where <see cref="Errors"/> is not empty.</summary>
    public ICaseAction? Action { get; init; }

    /// <summary>Whether the settings let its case go on without it when it fails every time.</summary>
    public bool IsSkippable { get; init; }

    /// <summary>What becomes of its case when it fails every time: it waits, or goes on.</summary>
    public bool ParksCase => !IsSkippable && Action!.ParksCase;

    public long? ProposedVersion { get; init; }

    public long? ProposedNonce { get; init; }

    public JsonElement Body { get; init; }

    /// <summary>The body as its action works with it, where that is not the JSON itself.</summary>
    public object? Payload { get; init; }

    public string? Actor { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>SHA-256 over what the command means; see <see cref="Fingerprint"/>.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>The fingerprint under which version 0.1 recorded a command that a rule of its worker refused; null for any other command.</summary>
    public byte[]? DigestOfBytes { get; init; }

    /// <summary>Whether a recorded fingerprint is that of this very command.</summary>
    public bool HasFingerprint(ReadOnlySpan<byte> recorded) => recorded.SequenceEqual(Digest) || (DigestOfBytes is not null && recorded.SequenceEqual(DigestOfBytes));

    /// <summary>What is wrong with it by itself, whatever the state of its case. Empty for a valid command.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];
}

/// <summary>What a message turned out to be.</summary>
internal abstract record ParseResult
{
    /// <summary>It has an id and a case: it gets an outcome.</summary>
    public sealed record Parsed(Command Command, ReplyTo? ReplyTo) : ParseResult;

    /// <summary>It has no case to wait behind and no id to answer: it goes to quarantine.</summary>
    public sealed record Malformed(string Reason, string Detail) : ParseResult
    {
        /// <summary>The command's id, if that can be read.</summary>
        public Guid? CommandId { get; init; }

        /// <summary>The command's case, if that can be read.</summary>
        public long? CaseReference { get; init; }

        /// <summary>The command's action, if that can be read.</summary>
        public string? ActionName { get; init; }
    }
}

/// <summary>Where a requester waits for the outcome, beside the subscribers.</summary>
/// <param name="Queue">The queue that is answered through the default exchange.</param>
/// <param name="RequestId">What the requester correlates by.</param>
/// <param name="Envelope">Whether the requester expects the MassTransit envelope.</param>
internal sealed record ReplyTo(string Queue, string? RequestId, bool Envelope)
{
    private static readonly string[] OwnPrefixes = ["amq.rabbitmq.reply-to", CaseTopology.CommandExchange, CaseTopology.OutcomeExchange];

    /// <summary>
    /// AMQP's short strings hold 255 bytes. The client refuses to publish with a longer one, every time again, and what is behind it
    /// would wait for ever. A short string of bytes that are no text becomes longer by being read.
    /// </summary>
    public static bool FitsAmqp(string text) => Encoding.UTF8.GetByteCount(text) <= 255;

    /// <summary>
    /// The worker's own queues get no replies: it would read them as commands. Nor do the broker's own names. Its direct reply-to is not a queue: an address that is forged or broken crashes the channel that answers there and with it
    /// the whole connection (RabbitMQ 3.10), at every redelivery again. Nothing tells a good one from a bad one, so none is answered.
    /// </summary>
    public static bool IsQueue(string name) =>
        name.Length > 0 && FitsAmqp(name) && !OwnPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>From the AMQP properties of a message that is not an envelope.</summary>
    public static ReplyTo? OfProperties(string? replyTo, string? correlationId, string? messageId) =>
        replyTo is not null && IsQueue(replyTo) ? new ReplyTo(replyTo, correlationId ?? messageId, Envelope: false) : null;
}
