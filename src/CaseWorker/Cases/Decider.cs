using System.Globalization;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>The rules. A pure function of case, command and earlier record: no clock, no database, no bus.</summary>
internal static class Decider
{
    /// <summary>Decides a command of a built-in action that nothing keeps from being applied.</summary>
    /// <inheritdoc cref="Decide(CaseState, Command, byte[], ParkStatus, IActionExecutor)"/>
    public static Decision Decide(CaseState? current, Command command, byte[]? recordedDigest) =>
        Decide(current, command, recordedDigest, ParkStatus.None, BuiltInExecutor.Instance);

    /// <summary>The rows of the decision table in their order; the first that matches wins.</summary>
    /// <param name="current">The case; null if it does not exist.</param>
    /// <param name="command">The command, valid or not.</param>
    /// <param name="recordedDigest">The fingerprint recorded under the command's id; null if the id is new.</param>
    /// <param name="status">What keeps it from being applied, if anything.</param>
    /// <param name="actions">Applies a command that fits.</param>
    public static Decision Decide(CaseState? current, Command command, byte[]? recordedDigest, ParkStatus status, IActionExecutor actions)
    {
        var isRepeat = recordedDigest is not null && command.HasFingerprint(recordedDigest);
        var isReuse = recordedDigest is not null && !isRepeat;
        return command switch
        {
            _ when isRepeat => new Decision.Repeated(),
            { Errors.Count: > 0 } => new Decision.Rejected(400, RejectionReasons.Invalid, command.Errors, current, IsRecorded: !isReuse),
            _ when isReuse => Reused(current, command),
            _ when status is ParkStatus.CaseIsParked => new Decision.Parked(HasFailed: false),
            { Action.CreatesCase: true } when current is not null => Conflict(ConflictReasons.CaseExists, current),
            { Action.CreatesCase: false } when current is null => NotFound(command),
            { ProposedNonce: { } nonce } when nonce != (current?.Nonce ?? 0) + 1 => Conflict(ConflictReasons.Nonce, current),
            { ProposedVersion: { } version } when version != (current?.Version ?? 0) + 1 => Conflict(ConflictReasons.Version, current),
            _ when status is ParkStatus.HasFailed => new Decision.Parked(HasFailed: true),
            _ => Accept(current, command, actions.Apply(current, command)),
        };
    }

    private static Decision Accept(CaseState? current, Command command, ActionResult result) => result switch
    {
        ActionResult.Refused refused => new Decision.Rejected(422, refused.Reason, [refused.Error], current, IsRecorded: true),
        ActionResult.Blob { Value.Utf8Length: > JsonLimits.MaxBytes } => TooLarge(current),
        ActionResult.Blob blob => AcceptBlob(current, command, blob),
        ActionResult.Row row => new Decision.Accepted(current! with { Nonce = current.Nonce + 1, LastEvent = null }, Changed: false, row.Entity) { Effect = row.Effect },
        var other => throw new InvalidOperationException($"Action {command.ActionName} gave an unknown result {other.GetType().Name}."),
    };

    private static Decision.Accepted AcceptBlob(CaseState? current, Command command, ActionResult.Blob result)
    {
        var blob = result.Value;
        if (current is null)
        {
            return new Decision.Accepted(new CaseState(command.CaseReference, blob, Version: 1, Nonce: 1), Changed: true, Row: null);
        }

        var changed = !current.Blob.HasSameValueAs(blob);
        var after = current with
        {
            Blob = changed ? blob : current.Blob,
            Version = changed ? current.Version + 1 : current.Version,
            Nonce = current.Nonce + 1,
            LastEvent = null,
        };
        return new Decision.Accepted(after, changed, Row: null) { Effect = result.Effect };
    }

    private static Decision.Conflicted Conflict(string reason, CaseState? current) =>
        new(reason, current?.Version ?? 0, current?.Nonce ?? 0, current?.LastEvent);

    private static Decision.Rejected NotFound(Command command) => new(
        404,
        RejectionReasons.CaseNotFound,
        [new FieldError("/caseReference", string.Create(CultureInfo.InvariantCulture, $"Case {command.CaseReference} does not exist; create it with {CaseActions.CaseCreate}."))],
        Current: null,
        IsRecorded: true);

    private static Decision.Rejected Reused(CaseState? current, Command command) => new(
        422,
        RejectionReasons.CommandIdReused,
        [new FieldError("/commandId", $"Command id {command.Id} was used before for another command, whose outcome stays. A new intention needs a new id.")],
        current,
        IsRecorded: false);

    private static Decision.Rejected TooLarge(CaseState? current) => new(
        422,
        RejectionReasons.BlobTooLarge,
        [new FieldError("/body", $"The case's JSON would become larger than {JsonLimits.MaxBytes / 1024 / 1024} MiB.")],
        current,
        IsRecorded: true);
}

/// <summary>What keeps a command from being applied.</summary>
internal enum ParkStatus
{
    None,

    /// <summary>Its case waits behind a dead letter, or it is one itself.</summary>
    CaseIsParked,

    /// <summary>Applying it failed every time.</summary>
    HasFailed,
}
