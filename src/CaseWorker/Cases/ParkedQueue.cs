namespace CaseWorker.Cases;

/// <summary>The commands of a case that wait: the head, which failed, and those behind it.</summary>
/// <param name="CaseReference">The case.</param>
/// <param name="HeadCommandId">The command that the others wait for.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="Length">How many wait, the head included.</param>
internal sealed record ParkedQueue(long CaseReference, Guid HeadCommandId, string Reason, long Length);

/// <summary>Where a parked command stands.</summary>
/// <param name="HeadCommandId">The command that its case waits for.</param>
/// <param name="Reason">Why that one failed, or what an operator decided about this one.</param>
/// <param name="Position">Its position in the parked queue, from 1; 0 if it is not in the queue.</param>
/// <param name="DeadLetter">Its dead letter where it has one already; null if one is to be written.</param>
internal sealed record ParkedPosition(Guid HeadCommandId, string Reason, long Position, ParkedDeadLetter? DeadLetter)
{
    /// <summary>Of a command that is a dead letter already.</summary>
    /// <param name="deadLetter">Its dead letter.</param>
    /// <param name="line">Its case's line, where there is one.</param>
    public static ParkedPosition Of(ParkedDeadLetter deadLetter, ParkedQueue? line) => new(
        deadLetter.Successor ?? line?.HeadCommandId ?? deadLetter.CommandId,
        deadLetter.Position > 0 && line is not null ? line.Reason : deadLetter.State,
        deadLetter.Position,
        deadLetter);
}

/// <summary>A command that is a dead letter of its case.</summary>
/// <param name="Id">The row of <c>dead_letters</c>.</param>
/// <param name="CommandId">The command.</param>
/// <param name="Digest">Its fingerprint.</param>
/// <param name="State">The state in <c>dead_letters</c>.</param>
/// <param name="Position">Its position in the parked queue; 0 if it is no longer in the queue.</param>
/// <param name="ParkedAt">By the database's clock.</param>
/// <param name="Successor">The command that was applied in its place, where one was.</param>
internal sealed record ParkedDeadLetter(long Id, Guid CommandId, byte[] Digest, string State, long Position, DateTimeOffset ParkedAt, Guid? Successor = null);
