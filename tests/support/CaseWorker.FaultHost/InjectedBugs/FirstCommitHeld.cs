using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>The first batch commits late. That is no bug; with numbers that do not wait for commits, it shows one.</summary>
/// <param name="contexts">The worker's.</param>
/// <param name="until">Ends the wait.</param>
internal sealed class FirstCommitHeld(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName, Task until) : BuggyProcessor(contexts, workerName)
{
    private int batches;

    protected override Task BeforeCommitAsync(IReadOnlyList<Delivery> batch) => Interlocked.Increment(ref batches) == 1 ? until : Task.CompletedTask;
}
