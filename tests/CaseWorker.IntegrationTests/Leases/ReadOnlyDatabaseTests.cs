using CaseWorker.Configuration;
using CaseWorker.Leases;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Leases;

/// <summary>A database that refuses writes for a while, as it does in every switchover.</summary>
public sealed class ReadOnlyDatabaseTests(Servers servers)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_fails_while_it_is_set_up_leaves_no_lock_behind()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 2);
        await using var table = new LeaseTable(new ConnectionSettings(workspace.WorkerConnection, workspace.Broker), new WorkerName("worker"), Options.Create(new CaseWorkerOptions { Slots = 2 }));
        await workspace.ExecuteAsync("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$");

        (await Should.ThrowAsync<PostgresException>(table.RenewAsync(serves: true, [], Token))).SqlState.ShouldBe(PostgresErrorCodes.ReadOnlySqlTransaction);

        await using (var writable = workspace.Database.CreateCommand("SET default_transaction_read_only = off; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$"))
        {
            await writable.ExecuteNonQueryAsync(Token);
        }

        // Before, the first connection kept the presence lock and this one waited for it until its time limit, each time again.
        (await table.RenewAsync(serves: true, [], Token)).Workers.ShouldBe([new WorkerName("worker")]);
        (await workspace.CountAsync("pg_locks WHERE locktype = 'advisory' AND classid = 7001 AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")).ShouldBe(1);
    }
}
