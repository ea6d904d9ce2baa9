using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;

namespace CaseWorker.Cases;

/// <summary>
/// The cases and records that a batch works on, in memory: each command sees the result of the one before it. Pure: it runs no effect
/// of an action and reads no clock; what has to be written is what it holds at the end.
/// </summary>
/// <param name="stored">What the store holds, read under the locks.</param>
/// <param name="actions">Applies the commands that fit.</param>
internal sealed class BatchState(StoredBatch stored, IActionExecutor actions)
{
    private readonly Dictionary<long, ParkedQueue> queues = stored.ParkedQueues.ToDictionary(queue => queue.CaseReference);
    private readonly Dictionary<Guid, ParkedDeadLetter> deadLetters = stored.DeadLetters.ToDictionary(deadLetter => deadLetter.CommandId);
    private readonly Dictionary<long, CaseState> cases = stored.Cases.ToDictionary(state => state.Reference);
    private readonly Dictionary<Guid, Record> records = stored.Recorded.ToDictionary(record => record.CommandId, record => new Record(record.Digest, record.Outcome, Original: null));
    private readonly List<DecidedCommand> decided = [];

    /// <summary>The batch's time, by the database's clock.</summary>
    public DateTimeOffset RecordedAt => stored.RecordedAt;

    /// <summary>Every decided command, in order.</summary>
    public IReadOnlyList<DecidedCommand> Decided => decided;

    /// <summary>The accepted commands, in order: the events to append.</summary>
    public IReadOnlyList<AcceptedCommand> Accepted =>
        [.. decided.Where(entry => entry.Decision is Decision.Accepted).Select(entry => new AcceptedCommand(entry.Command, (Decision.Accepted)entry.Decision))];

    /// <summary>The state of a case after everything decided so far; null if it does not exist.</summary>
    public CaseState? Find(long reference) => cases.GetValueOrDefault(reference);

    /// <summary>Decides a command from a queue.</summary>
    /// <param name="command">The next one.</param>
    /// <param name="failure">Why it cannot be applied, if it failed every time.</param>
    public DecidedCommand Decide(Command command, string? failure)
    {
        var isParked = deadLetters.ContainsKey(command.Id) || queues.ContainsKey(command.CaseReference);
        var decision = Decide(command, isParked ? ParkStatus.CaseIsParked : failure is null ? ParkStatus.None : ParkStatus.HasFailed);
        return Add(command, decision is Decision.Parked parked ? Place(command, parked, failure) : decision);
    }

    /// <summary>Decides a dead letter that an operator replays. Its parked queue does not hold it.</summary>
    public DecidedCommand Replay(Command command) => Add(command, Decide(command, ParkStatus.None));

    /// <summary>The same, with its proposals brought up to the current numbers of the case: it cannot conflict.</summary>
    public DecidedCommand Rebase(Command command)
    {
        var current = Find(command.CaseReference);
        long? version = command.ProposedVersion is null ? null : (current?.Version ?? 0) + 1;
        long? nonce = command.ProposedNonce is null ? null : (current?.Nonce ?? 0) + 1;
        return Replay(command with
        {
            ProposedVersion = version,
            ProposedNonce = nonce,
            Digest = Fingerprint.Of(command.ActionName, command.CaseReference, version, nonce, command.Body),
        });
    }

    private Decision Decide(Command command, ParkStatus status)
    {
        var earlier = records.GetValueOrDefault(command.Id)?.Digest;
        if (earlier is null && deadLetters.GetValueOrDefault(command.Id) is { } deadLetter && !command.HasFingerprint(deadLetter.Digest))
        {
            earlier = deadLetter.Digest;
        }

        return Decider.Decide(Find(command.CaseReference), command, earlier, status, actions);
    }

    private Decision.Parked Place(Command command, Decision.Parked decision, string? failure)
    {
        var queue = queues.GetValueOrDefault(command.CaseReference);
        if (deadLetters.TryGetValue(command.Id, out var deadLetter))
        {
            return decision with { Place = ParkedPosition.Of(deadLetter, queue) };
        }

        if (decision.HasFailed && !command.ParksCase)
        {
            return decision with { Place = new ParkedPosition(command.Id, failure!, Position: 0, DeadLetter: null) };
        }

        queue = queue is null
            ? new ParkedQueue(command.CaseReference, command.Id, failure!, Length: 1)
            : queue with { Length = queue.Length + 1 };
        queues[command.CaseReference] = queue;
        return decision with { Place = new ParkedPosition(queue.HeadCommandId, queue.Reason, queue.Length, DeadLetter: null) };
    }

    private DecidedCommand Add(Command command, Decision decision)
    {
        if (decision is Decision.Accepted accepted)
        {
            cases[command.CaseReference] = accepted.After with { LastEvent = new LastEvent(accepted.After.Nonce, command.ActionName!, command.Actor, RecordedAt) };
        }

        var entry = new DecidedCommand(command, decision is Decision.Repeated ? RepeatOf(command) : decision);
        decided.Add(entry);

        // An id that is a dead letter has its fingerprint there. What was refused for its sake must not take the id's place in this batch.
        if (!deadLetters.ContainsKey(command.Id))
        {
            records.TryAdd(command.Id, new Record(command.Digest, Outcome: null, entry));
        }

        return entry;
    }

    private Decision.Repeated RepeatOf(Command command) => new() { Recorded = records[command.Id].Outcome, Original = records[command.Id].Original };

    /// <summary>A command id that is decided: its outcome is in the store, or the command stands earlier in this batch.</summary>
    private sealed record Record(byte[] Digest, CaseOutcome? Outcome, DecidedCommand? Original);
}

/// <summary>What the store holds of a batch's cases and command ids.</summary>
internal sealed record StoredBatch
{
    /// <summary>The batch's time, by the database's clock, read once the locks are held: the times of a case follow its nonces.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The cases that exist.</summary>
    public IReadOnlyCollection<CaseState> Cases { get; init; } = [];

    /// <summary>The outcomes that earlier commands with these ids have.</summary>
    public IReadOnlyCollection<RecordedCommand> Recorded { get; init; } = [];

    /// <summary>The parked queues of the cases that are parked.</summary>
    public IReadOnlyCollection<ParkedQueue> ParkedQueues { get; init; } = [];

    /// <summary>The dead letters of earlier commands with these ids.</summary>
    public IReadOnlyCollection<ParkedDeadLetter> DeadLetters { get; init; } = [];
}

/// <summary>A command id that has its outcome in the store.</summary>
internal sealed record RecordedCommand(Guid CommandId, byte[] Digest, CaseOutcome Outcome);

/// <summary>A command and what was decided about it. Two are the same only if they are the same delivery.</summary>
internal sealed class DecidedCommand(Command command, Decision decision)
{
    public Command Command => command;

    public Decision Decision => decision;
}

/// <summary>An accepted command and its decision.</summary>
internal sealed record AcceptedCommand(Command Command, Decision.Accepted Decision);

/// <summary>A refused command and the outcome that is recorded for it.</summary>
internal sealed record RefusedCommand(Command Command, ComposedOutcome Outcome);
