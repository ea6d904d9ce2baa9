using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaseWorker.Leases;

/// <summary>
/// The tables <c>workers</c> and <c>slot_leases</c>. The worker's presence is a connection of its own, which also looks and renews: so
/// neither waits for the batch workers' connections, and the others see at once when the process ends.
/// </summary>
internal sealed class LeaseTable(ConnectionSettings settings, WorkerName workerName, IOptions<CaseWorkerOptions> options) : IAsyncDisposable
{
    /// <summary>A worker that does not renew for so long has lost its slots, whatever became of it.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Not pooled: closing a connection must end its session, and the presence with it. A database that does not answer in three seconds
    /// counts as away: waiting longer would cost the leases.
    /// </summary>
    private readonly NpgsqlDataSource database = CaseWorkerDataSource.Connect(
        new NpgsqlConnectionStringBuilder(settings.Database) { Pooling = false, Timeout = 3, CommandTimeout = 3, CancellationTimeout = 500 }.ConnectionString);

    private NpgsqlConnection? presence;

    /// <summary>Renews what this worker holds, and looks who holds what.</summary>
    /// <param name="serves">Whether this worker can reach its broker; else the others divide the slots among themselves.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <param name="busy">The slots with work, and how long their oldest command has been in work.</param>
    public async Task<LeaseSnapshot> RenewAsync(bool serves, IReadOnlyList<(int Slot, TimeSpan Lag)> busy, CancellationToken cancellationToken)
    {
        try
        {
            presence ??= await ConnectAsync(cancellationToken);
            return await LookAsync(presence, serves, busy, cancellationToken);
        }
        catch
        {
            await DropAsync();
            throw;
        }
    }

    /// <returns>Those that it got: others may have been quicker.</returns>
    public async Task<IReadOnlyList<SlotLease>> TakeAsync(IReadOnlyList<SlotView> slots, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(
            LeaseSql.Take,
            workerName.Value,
            slots.Select(slot => slot.Slot).ToArray(),
            slots.Select(slot => slot.Epoch).ToArray(),
            slots.Select(slot => slot.ExpiresAt).ToArray(),
            LeaseTime);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var taken = new List<SlotLease>();
        while (await reader.ReadAsync(cancellationToken))
        {
            taken.Add(new SlotLease(reader.GetInt32(0), reader.GetInt64(1)));
        }

        return taken;
    }

    public Task GiveBackAsync(SlotLease lease, CancellationToken cancellationToken) =>
        ExecuteAsync(LeaseSql.GiveBack, cancellationToken, workerName.Value, new[] { lease.Slot }, new[] { lease.Epoch });

    /// <summary>This worker is no more; what it held is free.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(LeaseSql.Leave, cancellationToken, workerName.Value);
        await DropAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        await database.DisposeAsync();
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LeaseSql.BePresent, workerName.Value).Add(LeaseSql.MakeSlots, options.Value.Slots).Add(LeaseSql.ForgetWorkers);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    private async Task<LeaseSnapshot> LookAsync(NpgsqlConnection connection, bool serves, IReadOnlyList<(int Slot, TimeSpan Lag)> busy, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LeaseSql.RenewWorker, workerName.Value, serves)
            .Add(LeaseSql.RenewLeases, workerName.Value, LeaseTime, busy.Select(one => one.Slot).ToArray(), busy.Select(one => one.Lag).ToArray())
            .Add(LeaseSql.FindWorkers, workerName.Value, LeaseTime)
            .Add(LeaseSql.FindSlots, workerName.Value, options.Value.Slots);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var workers = new List<WorkerName>();
        while (await reader.ReadAsync(cancellationToken))
        {
            workers.Add(new WorkerName(reader.GetString(0)));
        }

        await reader.NextResultAsync(cancellationToken);
        var slots = new List<SlotView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            slots.Add(new SlotView(
                reader.GetInt32(0),
                reader.GetInt64(1),
                await reader.IsDBNullAsync(2, cancellationToken) ? null : new WorkerName(reader.GetString(2)),
                await reader.IsDBNullAsync(3, cancellationToken) ? null : await reader.GetFieldValueAsync<DateTimeOffset>(3, cancellationToken),
                reader.GetBoolean(4)));
        }

        return new LeaseSnapshot(workers, slots);
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(sql, parameters, cancellationToken);
    }

    private async Task DropAsync()
    {
        if (presence is { } old)
        {
            presence = null;
            await old.DisposeAsync();
        }
    }
}
