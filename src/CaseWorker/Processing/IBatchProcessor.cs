using CaseWorker.Leases;

namespace CaseWorker.Processing;

/// <summary>Commits a batch. The fault tests put processors with known bugs in its place.</summary>
internal interface IBatchProcessor
{
    /// <summary>Decides and commits a batch in one transaction. When it returns, PostgreSQL has confirmed that the batch is on disk.</summary>
    /// <param name="batch">In the order of the queues, slot by slot.</param>
    /// <returns>One entry for each delivery, in the same order.</returns>
    /// <exception cref="LeaseLostException">Another worker owns a slot of the batch; nothing is written.</exception>
    Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch);
}
