using CaseWorker.Cases;
using CaseWorker.Json;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;

namespace CaseWorker.Processing;

/// <summary>A delivery whose bytes are parsed.</summary>
/// <param name="Delivery">The message and its channel.</param>
/// <param name="Result">What the message says.</param>
/// <param name="Failure">Why the command cannot be applied, if it failed every time; else null.</param>
internal sealed record ParsedDelivery(Delivery Delivery, ParseResult Result, Exception? Failure)
{
    /// <summary>The command; null if the message cannot be read as one.</summary>
    public Command? Command => (Result as ParseResult.Parsed)?.Command;

    /// <summary>Why it failed, in one word for programs.</summary>
    public string? FailureReason => Failure is GivenUpException ? Delivery.GivenUp!.Reason : Failure?.GetBaseException().GetType().Name;

    /// <summary>Where a requester waits besides the subscribers: the envelope's response address, or AMQP's reply-to.</summary>
    public ReplyTo? ReplyTo => (Result as ParseResult.Parsed)?.ReplyTo ?? Delivery.Message.ReplyTo;

    /// <summary>Parses the bytes of a delivery. A message waits as bytes until then: they are a fraction of what is built from them.</summary>
    public static ParsedDelivery Of(Delivery delivery, CommandReader reader)
    {
        try
        {
            return delivery.GivenUp is { } givenUp
                ? OfGivenUp(delivery, reader, givenUp)
                : new ParsedDelivery(delivery, reader.Read(delivery.Message.Body, delivery.Message.IsEnvelope, delivery.Channel.Lease.Slot), Failure: null);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A mistake in the reader, not in the message: its batch worker would retry it without end, and everything behind it would wait.
            return new ParsedDelivery(
                delivery,
                new ParseResult.Malformed("reader-failed", CleanText.Of($"CaseWorker failed to read the message; please report this. {error.GetType().Name}: {error.Message}")),
                Failure: null);
        }
    }

    /// <summary>
    /// A command that the broker gave up is not applied: it parks its case as one that fails every time does, so that what was published after it waits.
    /// A message that was published to no slot belongs to no case.
    /// </summary>
    private static ParsedDelivery OfGivenUp(Delivery delivery, CommandReader reader, GivenUp givenUp)
    {
        var result = reader.Read(delivery.Message.Body, delivery.Message.IsEnvelope, givenUp.Slot);
        return result switch
        {
            ParseResult.Parsed { Command: var command } when givenUp.Slot is null => new ParsedDelivery(
                delivery,
                new ParseResult.Malformed(givenUp.Reason, givenUp.Sentence) { CommandId = command.Id, CaseReference = command.CaseReference, ActionName = command.ActionName },
                Failure: null),
            ParseResult.Malformed malformed => new ParsedDelivery(
                delivery,
                malformed with { Reason = givenUp.Reason, Detail = givenUp.Slot is null ? givenUp.Sentence : $"{givenUp.Sentence} It cannot be read as a command: {malformed.Detail}" },
                Failure: null),
            _ => new ParsedDelivery(delivery, result, new GivenUpException(givenUp.Sentence)),
        };
    }

    /// <summary>The dead letter that has to be written for it; null if it needs none, or has one already.</summary>
    /// <param name="decision">What was decided about its command; null if there is no command.</param>
    public DeadLetter? ToDeadLetter(Decision? decision) => (Result, decision) switch
    {
        (ParseResult.Malformed malformed, _) => Delivery.Message.ToDeadLetter(Delivery.GivenUp?.Kind ?? DeadLetterKinds.Unreadable, malformed.Reason, malformed.Detail, malformed),
        (ParseResult.Parsed { Command: var command }, Decision.Parked { Place.DeadLetter: null, HasFailed: true }) => Delivery.Message.ToDeadLetter(
            DeadLetterKinds.Failed,
            FailureReason!,
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} {(Failure is GivenUpException ? "was not processed" : "fails every time")}: {Failure!.GetBaseException().Message}",
            command,
            command.ParksCase ? DeadLetterStates.Open : DeadLetterStates.Skipped),
        (ParseResult.Parsed { Command: var command }, Decision.Parked { Place: { DeadLetter: null } place }) => Delivery.Message.ToDeadLetter(
            DeadLetterKinds.Held,
            "held",
            $"Command {command.Id} ({command.ActionName}) of case {command.CaseReference} waits for command {place.HeadCommandId}, which is a dead letter ({place.Reason}).",
            command),
        _ => null,
    };
}

/// <summary>The broker gave a command up before a worker could process it.</summary>
internal sealed class GivenUpException(string message) : Exception(message);

/// <summary>A delivery that is committed: what is left is to publish its outcome and to acknowledge it.</summary>
/// <param name="Parsed">The delivery.</param>
/// <param name="Decided">Its command and what was decided; null if the message cannot be read.</param>
/// <param name="Outcome">The outcome or notice to publish; null if the message cannot be read.</param>
/// <param name="DeadLetter">The dead letter that was written for it; null if none was.</param>
internal sealed record ProcessedDelivery(ParsedDelivery Parsed, DecidedCommand? Decided, ComposedOutcome? Outcome, DeadLetter? DeadLetter)
{
    public Delivery Delivery => Parsed.Delivery;

    /// <summary>The message that publishes its outcome; null if there is none.</summary>
    public OutcomeToPublish? ToPublish() => Outcome is null
        ? null
        : new OutcomeToPublish(OutcomeMessage.Of(Outcome, Parsed.ReplyTo, Delivery.Message.Trace), () => Delivery.Channel.IsOpen);
}
