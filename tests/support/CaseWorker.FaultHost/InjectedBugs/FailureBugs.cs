using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Gives a command up for a failure that would have passed. The failure is the third batch's.</summary>
internal sealed class TransientDeadLettered(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BatchProcessor(contexts, workerName)
{
    private int batches;

    public override Task CommitAsync(IReadOnlyList<Delivery> batch)
    {
        if (Interlocked.Increment(ref batches) == 3)
        {
            batch[0].Failure = new TimeoutException("The database did not answer in time.");
        }

        return base.CommitAsync(batch);
    }
}

/// <summary>Tells the subscribers before it is true.</summary>
internal sealed class PublishedBeforeCommit(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName, OutcomePublisher publisher) : BuggyProcessor(contexts, workerName)
{
    protected override Task BeforeCommitAsync(IReadOnlyList<Delivery> batch) => publisher.PublishAsync(0, batch);
}
