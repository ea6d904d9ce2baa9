using CaseWorker.IntegrationTests.CommandLine;
using CaseWorker.Persistence.Schema;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Persistence;

/// <summary>What the worker's promises rest on: looked at when it starts, and by <c>check</c> and <c>db assert</c>.</summary>
public sealed class FoundationTests(Servers servers)
{
    [Fact]
    public async Task Behind_a_pooler_that_lends_sessions_for_one_transaction_the_worker_does_not_start()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var pooler = await ConnectionPooler.StartAsync(workspace, "transaction");
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", pooler.Connection)), "run");
        (await worker.ExitAsync()).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain("pool_mode=session");
        RunCommandTests.ShouldHaveNoStackTrace(worker);
        (await workspace.CountAsync("pg_locks WHERE locktype = 'advisory'")).ShouldBe(0, "nothing stays behind in the pooler's sessions");
    }

    [Fact]
    public async Task Behind_a_pooler_that_lends_sessions_until_they_end_the_worker_works()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var pooler = await ConnectionPooler.StartAsync(workspace, "session");
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", pooler.Connection)), "run");
        await worker.StartedAsync();
        var inbox = await workspace.InboxAsync();
        var command = CommandJson.Create(4);
        await (await workspace.PublisherAsync()).SendAsync(command);
        (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");
    }

    [Fact]
    public async Task A_database_that_cannot_hold_all_of_Unicode_is_refused()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var name = $"t{Guid.NewGuid():n}";
        await workspace.ExecuteAsync($"CREATE DATABASE {name} OWNER caseworker_owner ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        await SchemaSetup.ApplyAsync(In(workspace.OwnerConnection, name), "caseworker", _ => { }, TestContext.Current.CancellationToken);
        await using var assert = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", In(workspace.WorkerConnection, name))), "db", "assert");
        (await assert.ExitAsync()).ShouldBe(1, assert.Output);
        assert.Output.ShouldContain("The database is encoded in LATIN1");
    }

    [Fact]
    public async Task A_login_that_does_not_wait_for_the_disk_is_named_at_the_start_and_by_check()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.ExecuteAsync($"ALTER ROLE caseworker IN DATABASE {new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Database} SET synchronous_commit = off");
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await worker.SaysAsync("synchronous_commit is off");
        await worker.StartedAsync();
        await using var check = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "check");
        (await check.ExitAsync()).ShouldBe(0, check.Output);
        check.Output.ShouldContain("synchronous_commit is off");
    }

    [Theory]
    [InlineData("quote_all_identifiers", "on")]
    [InlineData("search_path", "public, pg_catalog")]
    public async Task A_setting_that_changes_how_types_are_printed_is_no_change_of_the_schema(string setting, string value)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.ExecuteAsync($"ALTER DATABASE {new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Database} SET {setting} = {value}");
        await using var assert = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "db", "assert");
        (await assert.ExitAsync()).ShouldBe(0, assert.Output);
    }

    private static string In(string connection, string database) => new NpgsqlConnectionStringBuilder(connection) { Database = database }.ConnectionString;
}
