using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Persistence;

namespace CaseWorker.Processing;

/// <summary>A batch under its locks, loaded and ready to be decided.</summary>
/// <param name="State">The cases and records in memory.</param>
/// <param name="Rows">The tracked rows of the cases that exist, by reference.</param>
/// <param name="Actions">The registered actions and their rows.</param>
/// <param name="Count">How many of its commands, from the first on, can be decided: the cases of the others are not loaded.</param>
internal sealed record OpenedBatch(BatchState State, IReadOnlyDictionary<long, CaseData> Rows, ActionBatch Actions, int Count) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Actions.DisposeAsync();
}
