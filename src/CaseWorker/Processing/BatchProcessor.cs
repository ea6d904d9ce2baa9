using CaseWorker.Configuration;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>The heart: one batch, one transaction.</summary>
internal class BatchProcessor(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName, IOptions<CaseWorkerOptions>? options = null)
{
    /// <summary>After this, every delivery has its verdict or is a dead letter, and PostgreSQL has said that it is on disk.</summary>
    /// <exception cref="LeaseLostException">A slot of the batch belongs to another worker; nothing is written.</exception>
    public virtual async Task CommitAsync(IReadOnlyList<Delivery> batch)
    {
        var leases = batch.Select(delivery => delivery.Channel.Lease).Distinct().ToList();
        var commands = batch.Where(delivery => delivery.Command is not null).ToList();

        await using var transaction = await BatchTransaction.BeginAsync(contexts);
        var ledger = await transaction.OpenAsync(
            workerName,
            leases,
            [.. commands.Select(delivery => delivery.Command!)],
            [.. commands.Where(delivery => delivery.Failure is not null).Select(delivery => delivery.Command!)]);
        foreach (var delivery in commands)
        {
            delivery.DecidedCommand = ledger.Decide(delivery.Command!, delivery.FailureReason);
        }

        var deadLetters = batch.Where(delivery => delivery.IsNewDeadLetter).Select(delivery => delivery.ToDeadLetter()).ToList();
        await transaction.WriteAsync(ledger, deadLetters, options?.Value);
        await transaction.CommitAsync();
    }
}
