using CaseWorker.Processing;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Gives up a command for a failure that would have passed. The failure is the third batch's.</summary>
internal sealed class TransientDeadLettered(BatchProcessor inner) : ChangedBatch(inner)
{
    private int batches;

    protected override IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch) => Interlocked.Increment(ref batches) == 3
        ? [batch[0] with { Failure = new TimeoutException("The database did not answer in time.") }, .. batch.Skip(1)]
        : batch;
}
