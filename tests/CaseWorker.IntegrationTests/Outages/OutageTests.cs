using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Outages;

/// <summary>PostgreSQL and RabbitMQ are killed under load and come back; the worker goes on by itself.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task PostgreSQL_killed_under_load_costs_nothing_but_time()
    {
        await using var servers = new Servers();
        await servers.InitializeAsync();
        var seed = Random.Shared.Next();
        var plan = new LoadPlan(seed, caseCount: 60, commandCount: 8_000);
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 20, "run");
        var publisher = await workspace.PublisherAsync();
        var publishing = Task.Run(() => publisher.SendAsync(plan.Commands));

        for (var kill = 0; kill < 4; kill++)
        {
            var before = inbox.All.Count;
            await worker.ExplainAsync(workspace, () => inbox.WaitAsync(all => all.Count > before + 200, "work in progress"));
            await servers.KillPostgresAsync();
            await servers.StartPostgresAsync();
        }

        await publishing;
        await worker.ExplainAsync(workspace, () => inbox.ForAllAsync([.. plan.Outcomes.Keys]));
        worker.HasExited.ShouldBeFalse("it goes on by itself");
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}; {worker.Output}");
    }

    [Fact]
    public async Task RabbitMQ_killed_under_load_costs_nothing_but_time()
    {
        await using var servers = new Servers();
        await servers.InitializeAsync();
        var seed = Random.Shared.Next();
        var plan = new LoadPlan(seed, caseCount: 60, commandCount: 8_000);
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 20, "run");
        await worker.StartedAsync();

        // Each round is queued, and the broker dies while the worker is in the middle of it.
        var rounds = plan.Commands.Chunk(plan.Commands.Count / 4).ToList();
        foreach (var round in rounds)
        {
            // Counted first: a worker may be done with the round as soon as it is published.
            var before = inbox.All.Count;
            await using (var publisher = await Publisher.ConnectAsync(workspace))
            {
                await publisher.SendAsync(round);
            }

            await worker.ExplainAsync(workspace, () => inbox.WaitAsync(all => all.Count > before, "work in progress"));
            await servers.KillRabbitAsync();
            await servers.StartRabbitAsync();
            await inbox.ConnectAsync();
        }

        await worker.ExplainAsync(workspace, () => inbox.ForAllAsync([.. plan.Outcomes.Keys]));
        worker.HasExited.ShouldBeFalse("it goes on by itself");
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}; {worker.Output}");
    }
}
