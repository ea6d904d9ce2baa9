using System.Text;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>Turns decisions into the outcomes that are recorded and published. Pure.</summary>
internal static class OutcomeComposer
{
    /// <summary>Composes the outcome of each refused command.</summary>
    /// <param name="decided">All commands of the batch.</param>
    /// <param name="lastEvents">The last events of the cases that a conflict names and the batch did not write itself, by case and nonce.</param>
    /// <param name="recordedAt">The batch's time.</param>
    public static IReadOnlyDictionary<DecidedCommand, ComposedOutcome> Refusals(
        IReadOnlyList<DecidedCommand> decided, IReadOnlyDictionary<(long CaseReference, long Nonce), LastEvent> lastEvents, DateTimeOffset recordedAt) =>
        decided.Where(entry => entry.Decision is Decision.Conflicted or Decision.Rejected).ToDictionary(entry => entry, entry => new ComposedOutcome(entry.Decision switch
        {
            Decision.Conflicted conflict => Conflicted(
                entry.Command, conflict, conflict.LastEvent ?? lastEvents.GetValueOrDefault((entry.Command.CaseReference, conflict.CurrentNonce)), recordedAt),
            var rejection => Rejected(entry.Command, (Decision.Rejected)rejection, recordedAt),
        }));

    /// <summary>Gives every command of a batch its outcome or notice.</summary>
    /// <param name="decided">All commands of the batch.</param>
    /// <param name="refusals">The outcomes of the refused ones.</param>
    /// <param name="parked">The dead letters that the batch has written, by command id.</param>
    /// <param name="headBefore">The global nonce before the batch's first event.</param>
    /// <param name="recordedAt">The batch's time.</param>
    public static IReadOnlyDictionary<DecidedCommand, ComposedOutcome> All(
        IReadOnlyList<DecidedCommand> decided,
        IReadOnlyDictionary<DecidedCommand, ComposedOutcome> refusals,
        IReadOnlyDictionary<Guid, WrittenDeadLetter> parked,
        long headBefore,
        DateTimeOffset recordedAt)
    {
        var composed = new Dictionary<DecidedCommand, ComposedOutcome>(decided.Count);
        foreach (var entry in decided)
        {
            composed[entry] = entry.Decision switch
            {
                Decision.Accepted accepted => new ComposedOutcome(Accepted(entry.Command, accepted, ++headBefore, recordedAt)),
                Decision.Parked waiting => new ComposedOutcome(Parked(entry.Command, waiting.Place, parked)),
                Decision.Repeated { Recorded: { } recorded } => new ComposedOutcome(recorded),
                Decision.Repeated { Original: { } original } => composed[original],
                _ => refusals[entry],
            };
        }

        return composed;
    }

    public static CaseAccepted Accepted(Command command, Decision.Accepted decision, long globalNonce, DateTimeOffset recordedAt) =>
        Accepted(command.Id, command.CaseReference, command.ActionName!, command.CorrelationId, command.Actor, decision.After.Nonce, globalNonce, decision.After.Version, decision.Changed, recordedAt);

    /// <summary>Also composed from the event when a command is redelivered: an accepted command is its event.</summary>
    public static CaseAccepted Accepted(
        Guid commandId,
        long caseReference,
        string action,
        string? correlationId,
        string? actor,
        long nonce,
        long globalNonce,
        long version,
        bool changed,
        DateTimeOffset recordedAt) => new()
        {
            OutcomeId = OutcomeIdOf(commandId),
            CommandId = commandId,
            CaseReference = caseReference,
            Action = action,
            Status = 200,
            CorrelationId = correlationId,
            Actor = actor,
            RecordedAt = recordedAt,
            Nonce = nonce,
            GlobalNonce = globalNonce,
            Version = version,
            Changed = changed,
        };

    public static CaseConflicted Conflicted(Command command, Decision.Conflicted decision, LastEvent? lastEvent, DateTimeOffset recordedAt) => new()
    {
        OutcomeId = OutcomeIdOf(command.Id),
        CommandId = command.Id,
        CaseReference = command.CaseReference,
        Action = command.ActionName,
        Status = 409,
        CorrelationId = command.CorrelationId,
        Actor = command.Actor,
        RecordedAt = recordedAt,
        Reason = decision.Reason,
        ProposedVersion = command.ProposedVersion,
        ProposedNonce = command.ProposedNonce,
        CurrentVersion = decision.CurrentVersion,
        CurrentNonce = decision.CurrentNonce,
        LastEvent = lastEvent,
    };

    public static CaseRejected Rejected(Command command, Decision.Rejected decision, DateTimeOffset recordedAt) => new()
    {
        // A rejection that is not recorded must not pass for the recorded outcome of the same command id.
        OutcomeId = decision.IsRecorded ? OutcomeIdOf(command.Id) : OutcomeIdOf(command.Id, command.Digest),
        CommandId = command.Id,
        CaseReference = command.CaseReference,
        Action = command.ActionName,
        Status = decision.Status,
        CorrelationId = command.CorrelationId,
        Actor = command.Actor,
        RecordedAt = recordedAt,
        Reason = decision.Reason,
        Errors = decision.Errors,
        CurrentVersion = decision.Current?.Version,
        CurrentNonce = decision.Current?.Nonce,
    };

    /// <param name="command">What waits.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="deadLetterId">Its row in <c>dead_letters</c>.</param>
    /// <param name="parkedAt">When that was written.</param>
    public static CaseParked Parked(Command command, ParkedPosition place, long deadLetterId, DateTimeOffset parkedAt) => new()
    {
        // A notice must not pass for the outcome that follows, nor what an operator decided for the notice that it waits.
        OutcomeId = OutcomeIdOf(command.Id, place.DeadLetter is { Position: 0 } set ? Encoding.UTF8.GetBytes(set.State) : "parked"u8),
        CommandId = command.Id,
        CaseReference = command.CaseReference,
        Action = command.ActionName,
        Status = 202,
        CorrelationId = command.CorrelationId,
        Actor = command.Actor,
        RecordedAt = parkedAt,
        Reason = place.Reason,
        DeadLetterId = deadLetterId,
        HeadCommandId = place.HeadCommandId,
        Position = place.Position,
    };

    private static CaseParked Parked(Command command, ParkedPosition place, IReadOnlyDictionary<Guid, WrittenDeadLetter> written) => place.DeadLetter is { } known
        ? Parked(command, place, known.Id, known.ParkedAt)
        : Parked(command, place, written[command.Id].Id, written[command.Id].ReceivedAt);

    /// <summary>Follows from the command id alone, so that every delivery carries the same.</summary>
    public static Guid OutcomeIdOf(Guid commandId, ReadOnlySpan<byte> digest = default) => DerivedId.Of(commandId, digest);
}

/// <summary>An outcome and, once it is needed, its JSON.</summary>
/// <param name="value">The outcome.</param>
internal sealed class ComposedOutcome(CaseOutcome value)
{
    private byte[]? json;

    public CaseOutcome Value => value;

    /// <summary>As it is published and recorded; written once.</summary>
    public byte[] Json => json ??= OutcomeJson.Write(value);
}

/// <summary>A dead letter that a batch has written.</summary>
/// <param name="Id">The row of <c>dead_letters</c>.</param>
/// <param name="CommandId">The command.</param>
/// <param name="ReceivedAt">By the database's clock.</param>
internal sealed record WrittenDeadLetter(long Id, Guid CommandId, DateTimeOffset ReceivedAt);
