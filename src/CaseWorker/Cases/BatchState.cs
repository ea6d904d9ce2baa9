using CaseWorker.Contracts;
using CaseWorker.Parsing;

namespace CaseWorker.Cases;

/// <summary>
/// The cases and records that a batch works on, in memory: each command sees the effect of the one before it. Pure like
/// <see cref="Decider"/>, but for the rows that registered actions keep in memory; what has to be written is what it holds at the end.
/// </summary>
/// <param name="cases">The locked cases that exist.</param>
/// <param name="recorded">The outcomes that earlier commands with these ids have.</param>
/// <param name="recordedAt">The batch's time, by the database's clock.</param>
/// <param name="lines">The locked cases that are parked.</param>
/// <param name="deadLetters">The dead letters of earlier commands with these ids.</param>
internal sealed class BatchState(
    IEnumerable<CaseState> cases,
    IEnumerable<RecordedCommand> recorded,
    DateTimeOffset recordedAt,
    IEnumerable<ParkedQueue>? lines = null,
    IEnumerable<ParkedDeadLetter>? deadLetters = null)
{
    private readonly Dictionary<long, ParkedQueue> lines = (lines ?? []).ToDictionary(line => line.CaseReference);
    private readonly Dictionary<Guid, ParkedDeadLetter> deadLetters = (deadLetters ?? []).ToDictionary(deadLetter => deadLetter.CommandId);
    private readonly Dictionary<long, CaseState> cases = cases.ToDictionary(state => state.Reference);
    private readonly Dictionary<Guid, RecordedCommand> recorded = recorded.ToDictionary(record => record.CommandId);
    private readonly List<DecidedCommand> verdicts = [];

    /// <summary>The batch's time, by the database's clock.</summary>
    public DateTimeOffset RecordedAt => recordedAt;

    /// <summary>What commands do in a batch with registered actions; null in one without.</summary>
    public Func<CaseState?, Command, ActionResult>? Apply { get; init; }

    /// <summary>Every decided command, in order.</summary>
    public IReadOnlyList<DecidedCommand> Decided => verdicts;

    /// <summary>The accepted commands, in order: the events to append.</summary>
    public IEnumerable<(DecidedCommand DecidedCommand, Decision.Accepted Decision)> Accepted =>
        verdicts.Where(verdict => verdict.Decision is Decision.Accepted).Select(verdict => (verdict, (Decision.Accepted)verdict.Decision));

    /// <summary>The refused commands whose outcome is to be recorded, in order.</summary>
    public IEnumerable<DecidedCommand> Refusals =>
        verdicts.Where(verdict => verdict.Decision is Decision.Conflicted or Decision.Rejected { IsRecorded: true });

    /// <summary>The commands that are dead letters, in order: those to be written and those that are there already.</summary>
    public IEnumerable<(DecidedCommand DecidedCommand, ParkedPosition Place)> Parked =>
        verdicts.Where(verdict => verdict.Decision is Decision.Parked).Select(verdict => (verdict, ((Decision.Parked)verdict.Decision).Place));

    /// <summary>The state of a case after everything decided so far; null where it does not exist.</summary>
    public CaseState? Find(long reference) => cases.GetValueOrDefault(reference);

    /// <summary>Decides a command from a queue.</summary>
    /// <param name="command">The next one.</param>
    /// <param name="failure">Why it cannot be applied, where it failed every time.</param>
    public DecidedCommand Decide(Command command, string? failure = null)
    {
        var isParked = deadLetters.ContainsKey(command.Id) || lines.ContainsKey(command.CaseReference);
        var decision = Decide(command, isParked ? ParkStatus.CaseIsParked : failure is null ? ParkStatus.None : ParkStatus.HasFailed);
        return Add(command, decision is Decision.Parked parked ? Place(command, parked, failure) : decision);
    }

    /// <summary>Decides a dead letter that an operator lets go: the line that it stands in does not hold it.</summary>
    public DecidedCommand Replay(Command command) => Add(command, Decide(command, ParkStatus.None));

    /// <summary>The same, with what it proposed brought up to what the case is now: it cannot conflict.</summary>
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

    private Decision Decide(Command command, ParkStatus trouble)
    {
        var earlier = recorded.GetValueOrDefault(command.Id)?.Digest;
        if (earlier is null && deadLetters.GetValueOrDefault(command.Id) is { } deadLetter && !deadLetter.Digest.AsSpan().SequenceEqual(command.Digest))
        {
            earlier = deadLetter.Digest;
        }

        return Decider.Decide(Find(command.CaseReference), command, earlier, trouble, Apply);
    }

    private Decision.Parked Place(Command command, Decision.Parked decision, string? failure)
    {
        var line = lines.GetValueOrDefault(command.CaseReference);
        if (deadLetters.TryGetValue(command.Id, out var deadLetter))
        {
            return decision with { Place = ParkedPosition.Of(deadLetter, line) };
        }

        if (decision.HasFailed && !command.ParksCase)
        {
            return decision with { Place = new ParkedPosition(command.Id, failure!, Position: 0, Letter: null) };
        }

        line = line is null
            ? new ParkedQueue(command.CaseReference, command.Id, failure!, Length: 1)
            : line with { Length = line.Length + 1 };
        lines[command.CaseReference] = line;
        return decision with { Place = new ParkedPosition(line.HeadCommandId, line.Reason, line.Length, Letter: null) };
    }

    private DecidedCommand Add(Command command, Decision decision)
    {
        if (decision is Decision.Accepted accepted)
        {
            var lastEvent = new LastEvent(accepted.After.Nonce, command.ActionName!, command.Actor, recordedAt);
            cases[command.CaseReference] = accepted.After with { LastEvent = lastEvent };
            accepted.Effect?.Invoke();
        }

        var verdict = new DecidedCommand(command, decision, decision is Decision.Repeated ? recorded[command.Id] : null);
        recorded.TryAdd(command.Id, new RecordedCommand(command.Id, command.Digest) { DecidedCommand = verdict });
        verdicts.Add(verdict);
        return verdict;
    }
}

/// <summary>A command id that has its outcome: from the store, or from this batch once it is composed.</summary>
internal sealed record RecordedCommand(Guid CommandId, byte[] Digest)
{
    /// <summary>Set for a record from the store.</summary>
    public CaseOutcome? Stored { get; init; }

    /// <summary>Set for a record from this batch.</summary>
    public DecidedCommand? DecidedCommand { get; init; }

    public CaseOutcome Outcome => Stored ?? DecidedCommand!.Outcome;
}

/// <summary>A decided command and, once it is composed, its outcome.</summary>
internal sealed class DecidedCommand(Command command, Decision decision, RecordedCommand? original)
{
    private CaseOutcome? outcome;

    public Command Command => command;

    public Decision Decision => decision;

    /// <exception cref="InvalidOperationException">The outcome was not composed yet.</exception>
    public CaseOutcome Outcome
    {
        get => original?.Outcome ?? outcome ?? throw new InvalidOperationException($"The outcome of command {command.Id} is not composed yet.");
        set => outcome = value;
    }
}
