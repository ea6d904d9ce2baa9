using System.Text.Json.Nodes;
using CaseWorker.Actions;
using CaseWorker.Configuration;
using CaseWorker.Histories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Fairness;

/// <summary>One sick case holds up neither other slots nor the other cases of its own slot, and keeps its own order.</summary>
public sealed class FairnessTests(Servers servers)
{
    private const long Sick = 4;

    [Fact]
    public async Task A_case_whose_row_somebody_locks_waits_alone_and_goes_on_in_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (inbox, publisher, _) = await StartAsync(workspace);
        await using (var locked = await LockAsync(workspace, $"SELECT 1 FROM case_data WHERE reference = {Sick} FOR UPDATE"))
        {
            var sick = await SendAroundAsync(publisher, inbox);
            inbox.All.ShouldNotContain(received => sick.Contains(received.CommandId));
            await locked.RollbackAsync();
            await ShouldBeInOrderAsync(inbox, sick);
        }

        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_case_whose_advisory_lock_somebody_holds_waits_alone_and_goes_on_in_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (inbox, publisher, worker) = await StartAsync(workspace);
        await using (var locked = await LockAsync(workspace, $"SELECT pg_advisory_xact_lock({Sick})"))
        {
            var sick = await SendAroundAsync(publisher, inbox);
            var health = await worker.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name is "cases", TestContext.Current.CancellationToken);
            health.Status.ShouldBe(HealthStatus.Degraded);
            health.Entries["cases"].Description.ShouldNotBeNull().ShouldContain($"case {Sick} (slot 00, 5 commands");
            await locked.RollbackAsync();
            await ShouldBeInOrderAsync(inbox, sick);
        }
    }

    [Fact]
    public async Task A_table_that_somebody_locks_is_waited_for_and_nothing_is_parked()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (inbox, publisher, _) = await StartAsync(workspace);
        var commands = Enumerable.Range(1, 40).Select(reference => CommandJson.Create(100 + reference)).ToList();
        await using (var locked = await LockAsync(workspace, "LOCK TABLE case_data IN ACCESS EXCLUSIVE MODE"))
        {
            await publisher.SendAsync(commands);
            await workspace.UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()", count => count > 0);
            await workspace.UntilAsync("SELECT count(*) FROM pg_stat_database WHERE datname = current_database() AND xact_rollback > 2", count => count > 0);
            await locked.RollbackAsync();
        }

        await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_case_whose_parked_queue_is_full_waits_alone_and_goes_on_in_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Poison.AddAsync(workspace);
        var (inbox, publisher, _) = await StartAsync(workspace, builder => builder.Configuration[$"{CaseWorkerOptions.Section}:ParkedPerCase"] = "3");
        await publisher.SendAsync([Poison.Note(Sick), CommandJson.Note(Sick, "a"), CommandJson.Note(Sick, "b")]);
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 3);
        var sick = await SendAroundAsync(publisher, inbox);
        (await workspace.CountAsync("dead_letters")).ShouldBe(3);

        await Poison.RemoveAsync(workspace);
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = Sick });
        await ShouldBeInOrderAsync(inbox, sick);
    }

    [Fact]
    public async Task Many_slow_commands_of_one_case_are_all_done_in_parts()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (inbox, publisher, _) = await StartAsync(workspace);
        var slow = Enumerable.Range(0, 300).Select(_ => Slow(Sick, 25)).ToList();
        await publisher.SendAsync(slow);
        await inbox.ForAllAsync([.. slow.Select(CommandJson.IdOf)]);
        inbox.All.Where(received => received.Outcome is "accepted").Select(received => received.CommandId).TakeLast(300).ShouldBe(slow.Select(CommandJson.IdOf));
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_command_that_takes_longer_than_the_database_waits_for_an_idle_transaction_is_done()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        using var action = new SlowAction();
        var (inbox, publisher, _) = await StartAsync(workspace, action: action);
        var slow = Slow(Sick, 60_000);
        await publisher.SendAsync(slow);
        var others = Others();
        await publisher.SendAsync(others);
        await inbox.ForAllAsync([.. others.Select(CommandJson.IdOf)]);
        inbox.All.ShouldNotContain(received => received.CommandId == CommandJson.IdOf(slow), "the others did not wait for it");
        await workspace.UntilAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < clock_timestamp() - interval '6 s'", count => count == 1);
        action.Release();
        (await inbox.FinalAsync(slow)).Outcome.ShouldBe("accepted");
    }

    [Fact]
    public async Task A_command_that_exceeds_the_time_limit_of_its_action_is_tried_once_more_and_parked()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        using var action = new SlowAction();
        var (inbox, publisher, worker) = await StartAsync(workspace, action: action);
        var (slow, held) = (Slow(Sick, 60_000), CommandJson.Note(Sick, "behind"));
        await publisher.SendAsync([slow, held]);
        (await inbox.NoticeAsync(slow)).Reason.ShouldBe("SlowCommandException");
        (await inbox.NoticeAsync(held)).Number("position").ShouldBe(2);
        (await workspace.DeadLettersAsync())[0].Detail.ShouldContain("slow.step has not decided command");
        worker.Services.GetRequiredService<CaseActionRegistry>().ShouldNotBeNull();
        action.Release();
    }

    private static async Task<(Inbox Inbox, Publisher Publisher, InProcessWorker Worker)> StartAsync(
        Workspace workspace, Action<Microsoft.Extensions.Hosting.IHostApplicationBuilder>? configure = null, SlowAction? action = null)
    {
        var inbox = await workspace.InboxAsync();
        var worker = await workspace.StartWorkerAsync(builder =>
        {
            configure?.Invoke(builder);
            builder.Services.AddSingleton(new CaseActionRegistry().Add(action ?? new SlowAction()));
        });
        var publisher = await workspace.PublisherAsync();
        var created = CommandJson.Create(Sick);
        await publisher.SendAsync(created);
        await inbox.FinalAsync(created);
        return (inbox, publisher, worker);
    }

    /// <summary>Five commands of the sick case among those of others, which are answered. The sick case has its outcomes later.</summary>
    private static async Task<IReadOnlyList<Guid>> SendAroundAsync(Publisher publisher, Inbox inbox)
    {
        var sick = Enumerable.Range(1, 5).Select(i => CommandJson.Note(Sick, $"note {i}")).ToList();
        for (var round = 0; round < 5; round++)
        {
            var others = Others();
            await publisher.SendAsync([sick[round], .. others]);
            await inbox.ForAllAsync([.. others.Select(CommandJson.IdOf)]);
        }

        return [.. sick.Select(CommandJson.IdOf)];
    }

    /// <summary>New cases of all slots, the sick case's among them.</summary>
    private static List<JsonObject> Others() => [.. Enumerable.Range(0, 8).Select(i => CommandJson.Create(1_000_000 + (Random.Shared.NextInt64(1_000_000_000) * 8) + i))];

    private static async Task ShouldBeInOrderAsync(Inbox inbox, IReadOnlyList<Guid> sick)
    {
        await inbox.ForAllAsync(sick);
        inbox.All.Where(received => sick.Contains(received.CommandId) && received.Outcome is "accepted").Select(received => received.CommandId).ShouldBe(sick);
    }

    private static JsonObject Slow(long reference, int milliseconds) => CommandJson.Of(reference, "slow.step", new JsonObject { ["milliseconds"] = milliseconds });

    private static async Task<Session> LockAsync(Workspace workspace, string sql)
    {
        var connection = await workspace.Database.OpenConnectionAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync();
        return new Session(connection, transaction);
    }

    /// <summary>A session of somebody else's with an open transaction.</summary>
    private sealed class Session(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public Task RollbackAsync() => transaction.RollbackAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
