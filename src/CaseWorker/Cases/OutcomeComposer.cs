using System.Text;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>Turns decisions into the outcomes that are recorded and published. Pure.</summary>
internal static class OutcomeComposer
{
    public static CaseAccepted Accepted(Command command, Decision.Accepted decision, long globalNonce, DateTimeOffset recordedAt) =>
        Accepted(command.Id, command.CaseReference, command.ActionName!, command.CorrelationId, command.Actor, decision.After.Nonce, globalNonce, decision.After.Version, decision.Changed, recordedAt);

    /// <summary>Also made from the event itself, when a command comes again: an accepted command is its event.</summary>
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
        OutcomeId = OutcomeIdOf(command.Id, place.Letter is { Position: 0 } set ? Encoding.UTF8.GetBytes(set.State) : "parked"u8),
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

    /// <summary>Follows from the command id alone, so that every delivery carries the same.</summary>
    public static Guid OutcomeIdOf(Guid commandId, ReadOnlySpan<byte> digest = default) => DerivedId.Of(commandId, digest);
}
