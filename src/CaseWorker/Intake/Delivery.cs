using System.Diagnostics;
using System.Text;
using CaseWorker.Commands;
using CaseWorker.DeadLetters;
using CaseWorker.Deciding;
using MassTransit;
using RabbitMQ.Client;

namespace CaseWorker.Intake;

/// <summary>One message as the broker delivered it, on its way through the worker. Ends with <see cref="Finish"/>, once.</summary>
internal sealed class Delivery
{
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RabbitMqBasicConsumeContext transport;

    public Delivery(ReceiveContext context, RabbitMqBasicConsumeContext transport, SlotChannel channel, CommandReader reader, int slot)
    {
        this.transport = transport;
        Channel = channel;
        IsRedelivery = context.Redelivered;
        Body = context.Body.GetBytes();
        var isEnvelope = transport.Properties.ContentType?.StartsWith(Envelope.ContentType, StringComparison.OrdinalIgnoreCase) == true;
        Reading = reader.Read(Body, isEnvelope, slot);
        TraceParent = HeaderText("traceparent");
        TraceState = HeaderText("tracestate");
    }

    public ulong Tag => transport.DeliveryTag;

    public SlotChannel Channel { get; }

    public byte[] Body { get; }

    public bool IsRedelivery { get; }

    public Reading Reading { get; }

    /// <summary>W3C trace context, handed from the command to its outcome.</summary>
    public string? TraceParent { get; }

    public string? TraceState { get; }

    public long ReceivedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Completes when the message may be acknowledged, or when its channel is given up and the broker delivers it again.</summary>
    public Task Finished => finished.Task;

    /// <summary>Set by the lane: the decided command; null for what cannot be read.</summary>
    public Verdict? Verdict { get; set; }

    /// <summary>Set when processing it failed every time.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Why it failed, in a word for programs.</summary>
    public string? FailureReason => Failure?.GetBaseException().GetType().Name;

    /// <summary>The command, where this delivery is one that can be decided.</summary>
    public Command? Command => (Reading as Reading.Readable)?.Command;

    /// <summary>Whether a dead letter has to be written for it.</summary>
    public bool IsNewDeadLetter => Verdict is null or { Decision: Decision.Parked { Place.Letter: null } };

    /// <summary>Where a requester waits beside the subscribers: the envelope's response address, or AMQP's reply-to.</summary>
    public ReplyTo? ReplyTo =>
        (Reading as Reading.Readable)?.ReplyTo
        ?? Commands.ReplyTo.OfProperties(transport.Properties.ReplyTo, transport.Properties.CorrelationId, transport.Properties.MessageId);

    /// <summary>It was admitted and is done; on a channel that is still open MassTransit acknowledges it now.</summary>
    public void Finish()
    {
        Channel.Leave(Tag);
        finished.TrySetResult();
    }

    /// <summary>It was never admitted and its channel is given up: the broker delivers it again.</summary>
    public void Abandon() => finished.TrySetResult();

    public DeadLetter ToDeadLetter() => (Reading, Verdict?.Decision) switch
    {
        (Reading.Unreadable unreadable, _) => ToDeadLetter(DeadLetterKinds.Unreadable, unreadable.Reason, unreadable.Detail),
        (Reading.Readable { Command: var command }, Decision.Parked { HasFailed: true }) => ToDeadLetter(
            DeadLetterKinds.Failed,
            FailureReason!,
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} fails every time: {Failure!.GetBaseException().Message}",
            command,
            command.ParksCase ? LetterStates.Open : LetterStates.Skipped),
        (Reading.Readable { Command: var command }, Decision.Parked { Place: var place }) => ToDeadLetter(
            DeadLetterKinds.Held,
            "held",
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} waits for command {place.HeadCommandId}, which fails every time ({place.Reason}).",
            command),
        _ => throw new InvalidOperationException("Only what cannot be read or is parked becomes a dead letter."),
    };

    private DeadLetter ToDeadLetter(string kind, string reason, string detail, Command? command = null, string state = LetterStates.Open) =>
        AmqpMessage.ToDeadLetter(transport, Body, IsRedelivery, kind, reason, detail, command, state);

    private string? HeaderText(string name) =>
        transport.Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] { Length: > 0 and <= 512 } bytes
            ? Encoding.UTF8.GetString(bytes)
            : null;
}
