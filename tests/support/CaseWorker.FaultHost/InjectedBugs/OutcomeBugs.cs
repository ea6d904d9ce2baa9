using CaseWorker.Cases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Records conflicts and does not publish them.</summary>
internal sealed class ConflictNotPublished(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override ProcessedDelivery Change(ProcessedDelivery processed) => processed.Decided?.Decision is Decision.Conflicted ? processed with { Outcome = null } : processed;
}

/// <summary>Finds the record of a redelivered command and assumes that its outcome was published: after a crash it was not.</summary>
internal sealed class RepeatNotPublished(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override ProcessedDelivery Change(ProcessedDelivery processed) => processed.Decided?.Decision is Decision.Repeated ? processed with { Outcome = null } : processed;
}

/// <summary>Publishes outcomes before they are true.</summary>
internal sealed class PublishedBeforeCommit(IDbContextFactory<CaseWorkerDbContext> contexts, BatchProcessor steps, IOutcomePublisher publisher) : BuggyProcessor(contexts, steps)
{
    protected override Task BeforeCommitAsync(IReadOnlyList<ProcessedDelivery> processed) =>
        publisher.PublishAsync(0, [.. processed.Select(result => result.ToPublish()).OfType<OutcomeToPublish>()]);
}
