using System.Globalization;
using System.Text;
using CaseWorker.Cases;
using CaseWorker.Contracts;

namespace CaseWorker.UnitTests.Cases;

/// <summary>A store in memory that gives each batch to a state of its own, as the database does: what is kept is text and numbers.</summary>
internal sealed class BatchStateStore
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);
    private readonly Dictionary<long, (string Blob, long Version, long Nonce)> cases = [];
    private readonly Dictionary<Guid, (byte[] Digest, CaseOutcome Accepted)> accepted = [];
    private readonly Dictionary<Guid, (byte[] Digest, string Kind, string Json)> refused = [];

    /// <summary>The log, in global order.</summary>
    public List<StoredEvent> Events { get; } = [];

    /// <summary>What was published, in the order of the commands.</summary>
    public List<(Command Command, Decision Decision, CaseOutcome Outcome)> Published { get; } = [];

    public IReadOnlyDictionary<long, (string Blob, long Version, long Nonce)> Cases => cases;

    public IEnumerable<Guid> Records => accepted.Keys.Concat(refused.Keys);

    public void Commit(IReadOnlyList<Command> commands)
    {
        var stored = new StoredBatch
        {
            RecordedAt = Now,
            Cases =
            [
                .. cases.Where(entry => commands.Any(command => command.CaseReference == entry.Key))
                    .Select(entry => new CaseState(entry.Key, CaseBlob.Of(entry.Value.Blob), entry.Value.Version, entry.Value.Nonce)),
            ],
            Recorded = [.. commands.Select(command => command.Id).Distinct().SelectMany(Recorded)],
        };
        var batch = new BatchState(stored, BuiltInExecutor.Instance);
        foreach (var command in commands)
        {
            batch.Decide(command, failure: null);
        }

        var refusals = OutcomeComposer.Refusals(batch.Decided, LastEvents(), Now);
        var outcomes = OutcomeComposer.All(batch.Decided, refusals, new Dictionary<Guid, WrittenDeadLetter>(), Events.Count, Now);
        Keep(batch, outcomes);
        Published.AddRange(batch.Decided.Select(decided => (decided.Command, decided.Decision, outcomes[decided].Value)));
    }

    /// <summary>An outcome in one line, without its ids and times.</summary>
    public static string Describe(CaseOutcome outcome) => outcome switch
    {
        CaseAccepted a => Line($"accepted nonce {a.Nonce} global {a.GlobalNonce} version {a.Version} changed {a.Changed}"),
        CaseConflicted c => Line($"conflicted {c.Reason} version {c.CurrentVersion} nonce {c.CurrentNonce} last {(c.LastEvent is { } last ? Line($"{last.Nonce} {last.Action} {last.Actor}") : "none")}"),
        CaseRejected { CurrentVersion: { } version, CurrentNonce: { } nonce } r => Line($"rejected {r.Status} {r.Reason} version {version} nonce {nonce}"),
        CaseRejected r => Line($"rejected {r.Status} {r.Reason}"),
        _ => throw new NotSupportedException(),
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<RecordedCommand> Recorded(Guid id)
    {
        if (accepted.TryGetValue(id, out var found))
        {
            yield return new RecordedCommand(id, found.Digest, found.Accepted);
        }

        if (refused.TryGetValue(id, out var refusal))
        {
            yield return new RecordedCommand(id, refusal.Digest, OutcomeJson.ReadRefusal(refusal.Kind, refusal.Json));
        }
    }

    private void Keep(BatchState batch, IReadOnlyDictionary<DecidedCommand, ComposedOutcome> outcomes)
    {
        foreach (var decided in batch.Decided)
        {
            var (command, outcome) = (decided.Command, outcomes[decided]);
            switch (decided.Decision)
            {
                case Decision.Accepted decision:
                    accepted.Add(command.Id, (command.Digest, outcome.Value));
                    Events.Add(new StoredEvent(
                        ((CaseAccepted)outcome.Value).GlobalNonce, command.Id, command.CaseReference, decision.After.Nonce, command.ActionName!, decision.After.Version, decision.Changed, command.Body.GetRawText(), command.Actor));
                    var state = batch.Find(command.CaseReference)!;
                    cases[command.CaseReference] = (state.Blob.Text, state.Version, state.Nonce);
                    break;
                case Decision.Conflicted or Decision.Rejected { IsRecorded: true }:
                    refused.Add(command.Id, (command.Digest, outcome.Value.Outcome, Encoding.UTF8.GetString(outcome.Json)));
                    break;
            }
        }
    }

    private Dictionary<(long CaseReference, long Nonce), LastEvent> LastEvents() =>
        Events.ToDictionary(stored => (stored.Reference, stored.Nonce), stored => new LastEvent(stored.Nonce, stored.Action, stored.Actor, Now));
}

internal sealed record StoredEvent(
    long GlobalNonce, Guid CommandId, long Reference, long Nonce, string Action, long Version, bool Changed, string Body, string? Actor);
