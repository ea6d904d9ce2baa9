using System.Diagnostics;
using System.Text;
using CaseWorker.Cases;
using CaseWorker.Json;
using CaseWorker.Parsing;
using CaseWorker.Persistence;

namespace CaseWorker.RabbitMq;

/// <summary>One command on its way through the worker, from its slot's channel through its batch worker.</summary>
internal sealed class Delivery(AmqpMessage message, SlotChannel channel, CommandReader reader)
{
    private ParseResult? reading;

    public ulong Tag => message.Tag;

    public SlotChannel Channel => channel;

    /// <summary>Bytes of its body.</summary>
    public int Size => message.Body.Length;

    /// <summary>
    /// What the message says. Read when its batch worker asks: until then it waits as the bytes that it came as, a fraction of what is built from them
    /// and what the garbage collector would have to go through again and again.
    /// </summary>
    public ParseResult ParseResult => reading ??= Read();

    /// <summary>W3C trace context, handed from the command to its outcome.</summary>
    public TraceContext Trace => new(HeaderText("traceparent"), HeaderText("tracestate"));

    public long ReceivedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Set by the batch worker: the decided command; null for what cannot be read.</summary>
    public DecidedCommand? DecidedCommand { get; set; }

    /// <summary>Set when processing it failed every time.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Why it failed, in a word for programs.</summary>
    public string? FailureReason => Failure?.GetBaseException().GetType().Name;

    /// <summary>The command, where this delivery is one that can be decided.</summary>
    public Command? Command => (ParseResult as ParseResult.Parsed)?.Command;

    /// <summary>Whether a dead letter has to be written for it.</summary>
    public bool IsNewDeadLetter => DecidedCommand is null or { Decision: Decision.Parked { Place.Letter: null } };

    /// <summary>Where a requester waits beside the subscribers: the envelope's response address, or AMQP's reply-to.</summary>
    public ReplyTo? ReplyTo =>
        (ParseResult as ParseResult.Parsed)?.ReplyTo
        ?? ReplyTo.OfProperties(message.Properties.ReplyTo, message.Properties.CorrelationId, message.Properties.MessageId);

    public DeadLetter ToDeadLetter() => (ParseResult, DecidedCommand?.Decision) switch
    {
        (ParseResult.Malformed unreadable, _) => message.ToDeadLetter(DeadLetterKinds.Unreadable, unreadable.Reason, unreadable.Detail),
        (ParseResult.Parsed { Command: var command }, Decision.Parked { HasFailed: true }) => message.ToDeadLetter(
            DeadLetterKinds.Failed,
            FailureReason!,
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} fails every time: {Failure!.GetBaseException().Message}",
            command,
            command.ParksCase ? DeadLetterStates.Open : DeadLetterStates.Skipped),
        (ParseResult.Parsed { Command: var command }, Decision.Parked { Place: var place }) => message.ToDeadLetter(
            DeadLetterKinds.Held,
            "held",
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} waits for command {place.HeadCommandId}, which fails every time ({place.Reason}).",
            command),
        _ => throw new InvalidOperationException("Only what cannot be read or is parked becomes a dead letter."),
    };

    private ParseResult Read()
    {
        try
        {
            var isEnvelope = message.Properties.ContentType?.StartsWith(Envelope.ContentType, StringComparison.OrdinalIgnoreCase) == true;
            return reader.Read(message.Body, isEnvelope, channel.Lease.Slot);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A mistake in the reader, not the message's: its batch worker would try it for ever, and all behind it would wait.
            return new ParseResult.Malformed("reader-failed", CleanText.Of($"CaseWorker failed to read the message; report it. {error.GetType().Name}: {error.Message}"));
        }
    }

    private string? HeaderText(string name) =>
        message.Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] { Length: > 0 and <= 512 } bytes
            ? Encoding.UTF8.GetString(bytes)
            : null;
}
