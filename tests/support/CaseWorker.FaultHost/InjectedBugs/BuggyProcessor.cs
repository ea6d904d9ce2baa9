using CaseWorker.Cases;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>
/// The steps of <see cref="BatchProcessor"/>, each of which a bug may change. A step that is added there is added here, as a method
/// that a bug can leave out.
/// </summary>
internal abstract class BuggyProcessor(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BatchProcessor(contexts, workerName)
{
    private readonly IDbContextFactory<CaseWorkerDbContext> own = contexts;

    protected WorkerName Me { get; } = workerName;

    public override async Task CommitAsync(IReadOnlyList<Delivery> batch)
    {
        var commands = Order([.. batch.Where(delivery => delivery.Command is not null)]);
        await using var transaction = await BatchTransaction.BeginAsync(own);
        var ledger = await OpenAsync(transaction, [.. batch.Select(delivery => delivery.Channel.Lease).Distinct()], [.. commands.Select(delivery => delivery.Command!)]);
        foreach (var delivery in commands)
        {
            delivery.DecidedCommand = ledger.Decide(Change(delivery.Command!), delivery.FailureReason);
        }

        var deadLetters = batch.Where(delivery => delivery.IsNewDeadLetter).Select(delivery => delivery.ToDeadLetter()).ToList();
        await transaction.WriteAsync(ledger, deadLetters);
        await BeforeCommitAsync(batch);
        await transaction.CommitAsync();
    }

    protected virtual List<Delivery> Order(List<Delivery> deliveries) => deliveries;

    protected virtual Task<BatchState> OpenAsync(BatchTransaction transaction, IReadOnlyCollection<SlotLease> leases, IReadOnlyCollection<Command> commands) => transaction.OpenAsync(Me, leases, commands);

    protected virtual Command Change(Command command) => command;

    protected virtual Task BeforeCommitAsync(IReadOnlyList<Delivery> batch) => Task.CompletedTask;
}
