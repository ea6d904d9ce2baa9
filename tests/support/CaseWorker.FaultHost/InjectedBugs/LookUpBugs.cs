using CaseWorker.Cases;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Looks ids up first and locks then: what the lock waited for is never seen.</summary>
internal sealed class LookUpBeforeLock(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName, NpgsqlDataSource database) : BuggyProcessor(contexts, workerName)
{
    protected override async Task<BatchState> OpenAsync(BatchTransaction transaction, IReadOnlyCollection<SlotLease> leases, IReadOnlyCollection<Command> commands)
    {
        var ids = commands.Select(command => command.Id).Distinct().ToArray();
        var early = await FindAsync(BatchSql.FindEvents, ids, RecordedRows.Event);
        early.AddRange(await FindAsync(BatchSql.FindRefusals, ids, RecordedRows.Refusal));
        var locked = await transaction.OpenAsync(Me, leases, commands);
        return new BatchState(commands.Select(command => command.CaseReference).Distinct().Select(locked.Find).OfType<CaseState>(), early, locked.RecordedAt);
    }

    private async Task<List<RecordedCommand>> FindAsync(string sql, Guid[] ids, Func<NpgsqlDataReader, RecordedCommand> read)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(ids);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<RecordedCommand>();
        while (await reader.ReadAsync())
        {
            found.Add(read(reader));
        }

        return found;
    }
}

/// <summary>Never finds an earlier record: a repeat is decided anew.</summary>
internal sealed class LookUpMissing(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BuggyProcessor(contexts, workerName)
{
    protected override Task<BatchState> OpenAsync(BatchTransaction transaction, IReadOnlyCollection<SlotLease> leases, IReadOnlyCollection<Command> commands) =>
        transaction.OpenAsync(Me, leases, [.. commands.Select(command => command with { Id = Guid.NewGuid() })]);
}
