using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Processing;

namespace CaseWorker.Testing;

/// <summary>Cases and recorded outcomes in memory: what the worker's tables hold, with the worker's own decisions in between.</summary>
internal sealed class TestStore
{
    private readonly Dictionary<long, CaseState> cases = [];
    private readonly Dictionary<Guid, RecordedCommand> recorded = [];
    private long globalNonce;

    public CaseState? Find(long reference) => cases.GetValueOrDefault(reference);

    /// <summary>Decides a batch in order and keeps what it decided.</summary>
    /// <param name="commands">The batch.</param>
    /// <param name="open">Makes the context of a team's tables.</param>
    /// <param name="recordedAt">The batch's time.</param>
    public async Task<IReadOnlyList<CaseOutcome>> CommitAsync(IReadOnlyList<Command> commands, Func<ActionTables, Task<ActionContext>> open, DateTimeOffset recordedAt)
    {
        await using var actions = await ActionBatch.OpenAsync(commands.Where(command => !recorded.ContainsKey(command.Id)), open, recordedAt);
        var state = new BatchState(new StoredBatch { RecordedAt = recordedAt, Cases = [.. cases.Values], Recorded = [.. recorded.Values] }, actions);
        foreach (var command in commands)
        {
            BatchProcessor.Run(state.Decide(command, failure: null));
        }

        await actions.SaveAsync();
        var refusals = OutcomeComposer.Refusals(state.Decided, new Dictionary<(long, long), LastEvent>(), recordedAt);
        var outcomes = OutcomeComposer.All(state.Decided, refusals, new Dictionary<Guid, WrittenDeadLetter>(), globalNonce, recordedAt);
        Keep(state, outcomes);
        return [.. state.Decided.Select(decided => outcomes[decided].Value)];
    }

    private void Keep(BatchState state, IReadOnlyDictionary<DecidedCommand, ComposedOutcome> outcomes)
    {
        globalNonce += state.Accepted.Count;
        foreach (var decided in state.Decided)
        {
            var reference = decided.Command.CaseReference;
            if (state.Find(reference) is { } after)
            {
                cases[reference] = after;
            }

            if (decided.Decision is Decision.Accepted or Decision.Conflicted or Decision.Rejected { IsRecorded: true })
            {
                recorded.Add(decided.Command.Id, new RecordedCommand(decided.Command.Id, decided.Command.Digest, outcomes[decided].Value));
            }
        }
    }
}
