using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>The last of a batch comes first.</summary>
internal sealed class BatchReversed(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BuggyProcessor(contexts, workerName)
{
    protected override List<Delivery> Order(List<Delivery> deliveries) => [.. Enumerable.Reverse(deliveries)];
}

/// <summary>Two notes of one case change places: nothing conflicts, and only the order tells.</summary>
internal sealed class OrderBrokenByOne(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BuggyProcessor(contexts, workerName)
{
    protected override List<Delivery> Order(List<Delivery> deliveries)
    {
        var notes = deliveries.Where(delivery => delivery.Command!.ActionName is CaseActions.NoteAdd).GroupBy(delivery => delivery.Command!.CaseReference).FirstOrDefault(group => group.Count() > 1);
        if (notes is not null)
        {
            var (first, second) = (deliveries.IndexOf(notes.First()), deliveries.IndexOf(notes.ElementAt(1)));
            (deliveries[first], deliveries[second]) = (deliveries[second], deliveries[first]);
        }

        return deliveries;
    }
}
