using CaseWorker.Commands;
using CaseWorker.Contracts;

namespace CaseWorker.Deciding;

/// <summary>
/// The cases and records that a batch works on, in memory: each command sees the effect of the one before it. Pure like
/// <see cref="Decider"/>; what has to be written is what it holds at the end.
/// </summary>
/// <param name="cases">The locked cases that exist.</param>
/// <param name="recorded">The outcomes that earlier commands with these ids have.</param>
/// <param name="recordedAt">The batch's time, by the database's clock.</param>
internal sealed class Ledger(IEnumerable<CaseState> cases, IEnumerable<RecordedCommand> recorded, DateTimeOffset recordedAt)
{
    private readonly Dictionary<long, CaseState> cases = cases.ToDictionary(state => state.Reference);
    private readonly Dictionary<Guid, RecordedCommand> recorded = recorded.ToDictionary(record => record.CommandId);
    private readonly List<Verdict> verdicts = [];

    /// <summary>The batch's time, by the database's clock.</summary>
    public DateTimeOffset RecordedAt => recordedAt;

    /// <summary>Every decided command, in order.</summary>
    public IReadOnlyList<Verdict> Verdicts => verdicts;

    /// <summary>The accepted commands, in order: the events to append.</summary>
    public IEnumerable<(Verdict Verdict, Decision.Accepted Decision)> Accepted =>
        verdicts.Where(verdict => verdict.Decision is Decision.Accepted).Select(verdict => (verdict, (Decision.Accepted)verdict.Decision));

    /// <summary>The refused commands whose outcome is to be recorded, in order.</summary>
    public IEnumerable<Verdict> Refusals =>
        verdicts.Where(verdict => verdict.Decision is Decision.Conflicted or Decision.Rejected { IsRecorded: true });

    /// <summary>The state of a case after everything decided so far; null where it does not exist.</summary>
    public CaseState? Find(long reference) => cases.GetValueOrDefault(reference);

    public Verdict Decide(Command command)
    {
        var record = recorded.GetValueOrDefault(command.Id);
        var decision = Decider.Decide(Find(command.CaseReference), command, record?.Digest);
        if (decision is Decision.Accepted accepted)
        {
            var lastEvent = new LastEvent(accepted.After.Nonce, command.ActionName!, command.Actor, recordedAt);
            cases[command.CaseReference] = accepted.After with { LastEvent = lastEvent };
        }

        var verdict = new Verdict(command, decision, decision is Decision.Repeated ? record : null);
        recorded.TryAdd(command.Id, new RecordedCommand(command.Id, command.Digest) { Verdict = verdict });
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
    public Verdict? Verdict { get; init; }

    public CaseOutcome Outcome => Stored ?? Verdict!.Outcome;
}

/// <summary>A decided command and, once it is composed, its outcome.</summary>
internal sealed class Verdict(Command command, Decision decision, RecordedCommand? original)
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
