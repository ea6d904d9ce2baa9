using CaseWorker.Cases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Looks ids up first and locks then: what the lock waited for is never seen.</summary>
internal sealed class LookUpBeforeLock(IDbContextFactory<CaseWorkerDbContext> contexts, BatchProcessor steps, NpgsqlDataSource database) : BuggyProcessor(contexts, steps)
{
    protected override async Task<OpenedBatch> OpenAsync(BatchTransaction transaction, IReadOnlyList<ParsedDelivery> batch, IReadOnlyList<Command> commands)
    {
        var early = await FindAsync([.. commands.Select(command => command.Id).Distinct()]);
        var locked = await base.OpenAsync(transaction, batch, commands);
        var stored = new StoredBatch
        {
            RecordedAt = locked.State.RecordedAt,
            Cases = [.. commands.Select(command => command.CaseReference).Distinct().Select(locked.State.Find).OfType<CaseState>()],
            Recorded = early,
        };
        return locked with { State = new BatchState(stored, locked.Actions) };
    }

    private async Task<IReadOnlyCollection<RecordedCommand>> FindAsync(Guid[] ids)
    {
        await using var connection = await database.OpenConnectionAsync();
        return [.. await EventLog.FindAsync(connection, ids), .. await RefusalTable.FindAsync(connection, ids)];
    }
}

/// <summary>Never finds an earlier record: a repeat is decided again.</summary>
internal sealed class LookUpMissing(IDbContextFactory<CaseWorkerDbContext> contexts, BatchProcessor steps) : BuggyProcessor(contexts, steps)
{
    protected override Task<OpenedBatch> OpenAsync(BatchTransaction transaction, IReadOnlyList<ParsedDelivery> batch, IReadOnlyList<Command> commands) =>
        base.OpenAsync(transaction, batch, [.. commands.Select(command => command with { Id = Guid.NewGuid() })]);
}
