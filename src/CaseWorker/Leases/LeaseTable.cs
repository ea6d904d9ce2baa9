using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaseWorker.Leases;

/// <summary>
/// The tables <c>workers</c> and <c>slot_leases</c>. A connection of its own marks this worker as present, and also renews: renewing never
/// waits for the batch workers' connections, and the other workers see at once when the process ends.
/// </summary>
internal sealed class LeaseTable(ConnectionSettings settings, WorkerName workerName, IOptions<CaseWorkerOptions> options) : ISlotLeases, IAsyncDisposable
{
    /// <summary>A worker that does not renew for this long loses its slots.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Not pooled: closing a connection must end its session, and the presence with it. A database that does not answer within three seconds
    /// counts as unavailable: waiting longer would cost the leases.
    /// </summary>
    private readonly NpgsqlDataSource database = CaseWorkerDataSource.Connect(
        new NpgsqlConnectionStringBuilder(settings.Database) { Pooling = false, Timeout = 3, CommandTimeout = 3, CancellationTimeout = 500 }.ConnectionString);

    private NpgsqlConnection? presence;

    /// <inheritdoc/>
    /// <exception cref="NpgsqlException">The database is unavailable.</exception>
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
        try
        {
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(LeaseSql.BePresent, workerName.Value).Add(LeaseSql.MakeSlots, options.Value.Slots).Add(LeaseSql.ForgetWorkers);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            // The session may hold the presence lock already. Left open it would keep it, and the next session would wait for it without end.
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task<LeaseSnapshot> LookAsync(NpgsqlConnection connection, bool serves, IReadOnlyList<(int Slot, TimeSpan Lag)> busy, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(LeaseSql.ReadClock)
            .Add(LeaseSql.RenewWorker, workerName.Value, serves)
            .Add(LeaseSql.RenewLeases, workerName.Value, LeaseTime, busy.Select(slot => slot.Slot).ToArray(), busy.Select(slot => slot.Lag).ToArray())
            .Add(LeaseSql.FindWorkers, workerName.Value, LeaseTime)
            .Add(LeaseSql.FindSlots, workerName.Value, options.Value.Slots);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var readAt = await reader.GetFieldValueAsync<DateTimeOffset>(0, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
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

        return new LeaseSnapshot(readAt, workers, slots);
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
