using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Outages;

/// <summary>kill -9 on real processes, at the three points that matter and at random; after each series the independent audit.</summary>
public sealed class CrashTests(Servers servers)
{
    /// <summary>Small batches, so that there are many commits to die at.</summary>
    private const int BatchLimit = 20;

    [Theory]
    [InlineData("before-commit")]
    [InlineData("after-commit")]
    [InlineData("after-publish")]
    public async Task A_worker_killed_again_and_again_at_one_point_loses_and_doubles_nothing(string point)
    {
        const int kills = 10;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var plan = new LoadPlan(seed, caseCount: 40, commandCount: 3000);
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await (await workspace.PublisherAsync()).SendAsync(plan.Commands);

        for (var i = 0; i < kills; i++)
        {
            await using var doomed = WorkerProcess.Faulty(workspace, BatchLimit, point, random.Next(1, 8));
            (await doomed.ExitAsync()).ShouldBe(137, $"killed at {point}; output: {doomed.Output}");
        }

        await using var survivor = WorkerProcess.CaseWorker(workspace, BatchLimit, "run");
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}");
    }

    [Fact]
    public async Task A_worker_killed_at_random_under_load_loses_and_doubles_nothing()
    {
        const int kills = 22;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var plan = new LoadPlan(seed, caseCount: 60, commandCount: 12_000);
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var publishing = Task.Run(() => publisher.SendAsync(plan.Commands));

        for (var i = 0; i < kills; i++)
        {
            var before = inbox.All.Count;
            await using var doomed = WorkerProcess.CaseWorker(workspace, BatchLimit, "run");

            // In the middle of its work: after some more outcomes, however fast this machine is; at the end of the load after none.
            var more = random.Next(1, 400);
            await inbox.WaitAsync(all => all.Count >= before + more || all.Select(received => received.CommandId).Distinct().Count() == plan.Outcomes.Count, "some work to interrupt");
            doomed.Kill();
            await doomed.ExitAsync();
        }

        await publishing;
        await using var survivor = WorkerProcess.CaseWorker(workspace, BatchLimit, "run");
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}");
    }
}
