using System.Data.Common;
using System.Text.Json.Nodes;
using CaseWorker.Histories;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Persistence;

public sealed class StorageTests(Servers servers)
{
    [Fact]
    public async Task A_foreign_writer_behind_the_workers_back_is_caught_by_the_concurrency_token()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var foreign = new ForeignWriter(workspace.Database);
        await workspace.StartWorkerAsync(builder => builder.Services.AddSingleton<IInterceptor>(foreign));
        var publisher = await workspace.PublisherAsync();
        var create = CommandJson.Create(7);
        await publisher.SendAsync(create);
        await inbox.OfAsync(create);

        foreign.Arm();
        var merge = CommandJson.Merge(7, new JsonObject { ["mine"] = true }, version: 2);
        await publisher.SendAsync(merge);

        var outcome = await inbox.OfAsync(merge);
        outcome.Outcome.ShouldBe("conflicted");
        outcome.Number("currentVersion").ShouldBe(2);
        foreign.Caught.ShouldBe(1, "EF Core noticed the foreign write once, and the batch was decided again on what is there now");
        (await workspace.ScalarAsync<string>("SELECT json_blob::text FROM case_data WHERE reference = 7")).ShouldBe("""{"foreign": true}""");
    }

    [Theory]
    [InlineData("UPDATE case_events SET actor = 'somebody else'")]
    [InlineData("DELETE FROM case_events")]
    [InlineData("TRUNCATE case_events")]
    [InlineData("UPDATE case_notes SET body = ''")]
    [InlineData("DELETE FROM command_refusals")]
    [InlineData("DELETE FROM case_data")]
    [InlineData("UPDATE operator_audit SET reason = ''")]
    public async Task The_applications_role_cannot_rewrite_history(string statement)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var application = NpgsqlDataSource.Create(workspace.WorkerConnection);
        await using var command = application.CreateCommand(statement);

        var refused = await Should.ThrowAsync<PostgresException>(command.ExecuteNonQueryAsync());

        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_worker_that_logs_in_as_the_owner_steps_down_to_the_applications_role()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using (var grant = workspace.Database.CreateCommand("GRANT caseworker_app TO caseworker_owner"))
        {
            await grant.ExecuteNonQueryAsync();
        }

        await using var database = CaseWorkerDataSource.Connect(workspace.OwnerConnection);
        await using var command = database.CreateCommand("TRUNCATE case_events");

        (await Should.ThrowAsync<PostgresException>(command.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_batch_looks_up_by_index_though_the_table_is_young_when_its_plan_is_made()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var create = CommandJson.Create(1);
        await (await workspace.PublisherAsync()).SendAsync(create);
        await inbox.OfAsync(create);
        await using (var analyze = workspace.Database.CreateCommand("ANALYZE case_events"))
        {
            await analyze.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        (await PlanAsync(findsByKey: false)).ShouldContain("Seq Scan", customMessage: "else this test says nothing");
        (await PlanAsync(findsByKey: true)).ShouldNotContain("Seq Scan");

        async Task<string> PlanAsync(bool findsByKey)
        {
            await using var database = CaseWorkerDataSource.Connect(workspace.WorkerConnection, findsByKey);
            await using var connection = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
            var sql = EventLog.FindSql.Replace("$1::uuid[]", "'{019ab3c4-0000-7000-8000-000000000001}'::uuid[]", StringComparison.Ordinal);
            return string.Join('\n', await connection.ListAsync("EXPLAIN " + sql, [], row => row.GetString(0), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_cursor_reader_misses_nothing_while_one_worker_holds_its_commit_open()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var gate = new CommitGate();
        await workspace.StartWorkerAsync(builder => builder.Services.AddSingleton<IInterceptor>(gate));
        var publisher = await workspace.PublisherAsync();
        var reader = new CursorReader(workspace.Database);

        // Slot 1's batch worker has its numbers and stands right before COMMIT; slot 2's batch worker wants the next ones.
        var first = CommandJson.Create(1);
        gate.Close();
        await publisher.SendAsync(first);
        await gate.Reached;
        var second = CommandJson.Create(2);
        await publisher.SendAsync(second);
        await workspace.UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%global_head%'", waiting => waiting >= 1);
        await reader.ReadAsync();
        reader.Seen.ShouldBeEmpty("the later number must not be visible before the earlier one");

        gate.Open();
        await inbox.OfAsync(first);
        await inbox.OfAsync(second);
        await reader.ReadAsync();
        reader.Seen.ShouldBe([1, 2]);
        (await workspace.ScalarAsync<long>("SELECT case_reference FROM case_events WHERE global_nonce = 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_live_cursor_reader_sees_every_number_once_and_in_order_while_all_workers_commit()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var plan = new LoadPlan(seed: 11, caseCount: 200, commandCount: 6_000);
        var reader = new CursorReader(workspace.Database);
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await reader.ReadAsync();
            }
        });

        await publisher.SendAsync(plan.Commands);
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        await stop.CancelAsync();
        await reading;
        await reader.ReadAsync();

        reader.Seen.ShouldBe(Enumerable.Range(1, reader.Seen.Count).Select(n => (long)n));
        reader.Seen.Count.ShouldBe(plan.Outcomes.Values.Count(expected => expected.Outcome == "accepted"));
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty();
    }

    /// <summary>Changes the row between the worker's read and its write, past the case lock.</summary>
    private sealed class ForeignWriter(NpgsqlDataSource database) : SaveChangesInterceptor
    {
        private int armed;

        public int Caught { get; private set; }

        public void Arm() => armed = 1;

        public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Exchange(ref armed, 0) == 1)
            {
                await using var command = database.CreateCommand("""UPDATE case_data SET json_blob = '{"foreign": true}', version = version + 1, nonce = nonce + 1 WHERE reference = 7""");
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return result;
        }

        public override ValueTask<InterceptionResult> ThrowingConcurrencyExceptionAsync(ConcurrencyExceptionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            Caught++;
            return ValueTask.FromResult(result);
        }
    }

    /// <summary>Holds the first commit after it was closed.</summary>
    private sealed class CommitGate : DbTransactionInterceptor
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int closed;

        public Task Reached => reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

        public void Close() => closed = 1;

        public void Open() => opened.SetResult();

        public override async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Exchange(ref closed, 0) == 1)
            {
                reached.SetResult();
                await opened.Task;
            }

            return result;
        }
    }

    /// <summary>Reads on from the highest number it has seen, as a feed does.</summary>
    private sealed class CursorReader(NpgsqlDataSource database)
    {
        private readonly List<long> seen = [];

        public IReadOnlyList<long> Seen => seen;

        public async Task ReadAsync()
        {
            await using var command = database.CreateCommand("SELECT global_nonce FROM case_events WHERE global_nonce > $1 ORDER BY global_nonce LIMIT 100");
            command.Parameters.Add(new NpgsqlParameter { Value = seen.Count == 0 ? 0 : seen[^1] });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                seen.Add(reader.GetInt64(0));
            }
        }
    }
}
