using CaseWorker.Histories;
using CaseWorker.IntegrationTests.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;

namespace CaseWorker.IntegrationTests.Persistence;

/// <summary>Damage of the store is not a command's fault: nothing is parked, the worker says what is broken, and a command repairs what can be repaired.</summary>
public sealed class DamagedStoreTests(Servers servers)
{
    [Theory]
    [InlineData("UPDATE global_head SET nonce = nonce - 5", "global_head is 15, the last event is 20")]
    [InlineData("DELETE FROM global_head", "global_head must have one row; it has 0")]
    [InlineData("UPDATE global_head SET nonce = 0", "global_head is 0, the last event is 20")]
    public async Task A_damaged_head_stops_everything_parks_nothing_and_is_repaired(string damage, string found)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var worker = await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        await AcceptAsync(publisher, inbox, firstCase: 1);
        await RunAsync(workspace, 0, "The numbers of all events and cases fit each other.", "assert", "--deep");

        await workspace.ExecuteAsync(damage);
        var commands = Enumerable.Range(101, 40).Select(reference => CommandJson.Create(reference)).ToList();
        await publisher.SendAsync(commands);
        (await UnhealthyAsync(worker, "processing", HealthStatus.Unhealthy, "db repair")).ShouldContain("The store is damaged: ");
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        await RunAsync(workspace, 1, found, "assert", "--deep");

        await RunAsync(workspace, 0, "set it to 20, the number of the last event", "repair", "--yes");
        await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_case_behind_its_events_waits_alone_and_is_not_parked()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var worker = await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        await AcceptAsync(publisher, inbox, firstCase: 1);
        var second = CommandJson.Note(4, "second");
        await publisher.SendAsync(second);
        await inbox.FinalAsync(second);
        await workspace.ExecuteAsync("UPDATE case_data SET nonce = 1 WHERE reference = 4");

        var sick = CommandJson.Note(4, "third");
        await publisher.SendAsync(sick);
        (await UnhealthyAsync(worker, "cases", HealthStatus.Degraded, "db assert --deep")).ShouldContain("case 4 (slot 00");
        await AcceptAsync(publisher, inbox, firstCase: 101);
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        await RunAsync(workspace, 1, "Case 4 is at nonce 1, version 1; its 2 events end at nonce 2", "assert", "--deep");
        await RunAsync(workspace, 1, "Cannot be repaired: Case 4", "repair", "--yes");

        await workspace.ExecuteAsync("UPDATE case_data SET nonce = 2 WHERE reference = 4");
        (await inbox.FinalAsync(sick)).Number("nonce").ShouldBe(3);
    }

    [Fact]
    public async Task A_limit_of_the_server_at_commit_parks_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var worker = await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        await workspace.ExecuteAsync("""
            CREATE FUNCTION full_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000'; END $$;
            CREATE CONSTRAINT TRIGGER full_queue AFTER INSERT ON case_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION full_queue();
            """);
        var commands = Enumerable.Range(1, 20).Select(reference => CommandJson.Create(reference)).ToList();
        await publisher.SendAsync(commands);
        await UnhealthyAsync(worker, "processing", HealthStatus.Unhealthy, "PostgreSQL cannot commit: too many notifications in the NOTIFY queue (54000)");
        await workspace.ExecuteAsync("DROP TRIGGER full_queue ON case_events");
        await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_database_that_was_restored_to_an_earlier_state_is_worked_on_from_there()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        await AcceptAsync(publisher, inbox, firstCase: 1);
        await workspace.ExecuteAsync("DELETE FROM case_events WHERE global_nonce > 10; DELETE FROM case_data WHERE reference NOT IN (SELECT case_reference FROM case_events); UPDATE global_head SET nonce = 10");
        await AcceptAsync(publisher, inbox, firstCase: 101);
        (await workspace.ScalarAsync<long>("SELECT nonce FROM global_head")).ShouldBe(30);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    private static async Task AcceptAsync(Publisher publisher, Inbox inbox, long firstCase)
    {
        var commands = Enumerable.Range(0, 20).Select(i => CommandJson.Create(firstCase + i)).ToList();
        await publisher.SendAsync(commands);
        await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
    }

    private static async Task<string> UnhealthyAsync(InProcessWorker worker, string check, HealthStatus status, string text)
    {
        var description = "";
        await Eventually.HoldsAsync(() => $"{check} is {status} with {text}; it says {description}", async () =>
        {
            var report = await worker.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(registration => registration.Name == check, TestContext.Current.CancellationToken);
            description = report.Entries[check].Description ?? "";
            return report.Entries[check].Status == status && description.Contains(text, StringComparison.Ordinal);
        }, TimeSpan.FromSeconds(60));
        return description;
    }

    private static async Task RunAsync(Workspace workspace, int exitCode, string text, params string[] arguments)
    {
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace), ["db", .. arguments]);
        (await process.ExitAsync()).ShouldBe(exitCode, process.Output);
        process.Output.ShouldContain(text, Case.Sensitive);
    }
}
