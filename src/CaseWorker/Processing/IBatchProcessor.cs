using CaseWorker.Leases;

namespace CaseWorker.Processing;

/// <summary>Commits a batch. The fault tests put processors with known bugs in its place.</summary>
internal interface IBatchProcessor
{
    /// <summary>
    /// Decides and commits a batch in one transaction. When it returns, PostgreSQL has confirmed that the batch is on disk. A batch that needs
    /// too much memory or time ends early: what is decided by then is committed.
    /// </summary>
    /// <param name="batch">In the order of the queues, slot by slot; at least one delivery.</param>
    /// <param name="actionTime">How long a registered action may take for one command; null for the action's own <see cref="Actions.CaseAction.TimeLimit"/>.</param>
    /// <returns>One entry for each of the first deliveries, at least one, in the same order.</returns>
    /// <exception cref="LeaseLostException">Another worker owns a slot of the batch; nothing is written.</exception>
    /// <exception cref="Resilience.SlowCommandException">An action took longer; nothing is written.</exception>
    Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime);

    /// <summary>Finds the cases of a batch that another session locks. Does not wait for them.</summary>
    /// <exception cref="Npgsql.PostgresException">A whole table is locked.</exception>
    Task<IReadOnlyCollection<long>> FindLockedCasesAsync(IReadOnlyList<ParsedDelivery> batch);
}
