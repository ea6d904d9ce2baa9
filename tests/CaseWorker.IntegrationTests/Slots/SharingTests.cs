using System.Diagnostics;
using System.Globalization;
using CaseWorker.IntegrationTests.Executable;
using CaseWorker.IntegrationTests.World;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Slots;

/// <summary>Several workers share the slots, come, go, die and are cut off, under a load whose every outcome is known.</summary>
public sealed class SharingTests(Servers servers) : IAsyncDisposable
{
    private const int SlotCount = 16;

    private readonly int seed = Random.Shared.Next();
    private readonly List<IAsyncDisposable> owned = [];

    [Fact]
    public async Task Workers_come_go_and_die_under_load()
    {
        var (workspace, inbox, plan) = await PrepareAsync(commandCount: 9_000);
        var load = new Load(plan, await workspace.PublisherAsync());
        var first = await StartAsync(workspace);
        await EvenAsync(workspace, workers: 1);
        load.Start();

        var second = await StartAsync(workspace);
        var third = await StartAsync(workspace);
        await StartAsync(workspace);
        await EvenAsync(workspace, workers: 4);
        first.Terminate();
        third.Terminate();
        (await first.ExitAsync(seconds: 35)).ShouldBe(0, first.Output);
        (await third.ExitAsync(seconds: 35)).ShouldBe(0, third.Output);
        await EvenAsync(workspace, workers: 2);
        second.Kill();
        await EvenAsync(workspace, workers: 1);
        await StartAsync(workspace);
        await StartAsync(workspace);
        await EvenAsync(workspace, workers: 3);

        await load.FinishAsync();
        await ShouldBeRightAsync(workspace, inbox, plan);
    }

    [Fact]
    public async Task A_worker_that_was_stopped_for_longer_than_its_leases_harms_nobody()
    {
        var (workspace, inbox, plan) = await PrepareAsync(commandCount: 4_000);
        var load = new Load(plan, await workspace.PublisherAsync());
        var zombie = await StartAsync(workspace);
        await StartAsync(workspace);
        await EvenAsync(workspace, workers: 2);
        load.Start();
        await inbox.WaitAsync(all => all.Count > 200, "the middle of its work");

        Signal(zombie, "STOP");
        await EvenAsync(workspace, workers: 1);
        await load.FinishAsync();
        Signal(zombie, "CONT");

        await ShouldBeRightAsync(workspace, inbox, plan);
        await EvenAsync(workspace, workers: zombie.HasExited ? 1 : 2);
    }

    [Fact]
    public async Task A_worker_that_is_cut_off_from_its_database_leaves_its_slots_to_the_others()
    {
        var (workspace, inbox, plan) = await PrepareAsync(commandCount: 4_000);
        var load = new Load(plan, await workspace.PublisherAsync());
        var gate = Own(Gate.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port));
        gate.Open();
        var throughGate = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = gate.Port }.ConnectionString;
        await StartAsync(workspace, ("ConnectionStrings__CaseWorker", throughGate));
        await StartAsync(workspace);
        await EvenAsync(workspace, workers: 2);
        load.Start();
        await inbox.WaitAsync(all => all.Count > 200, "the middle of its work");

        gate.Shut();
        await EvenAsync(workspace, workers: 1);
        await load.FinishAsync();
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        gate.Open();
        await EvenAsync(workspace, workers: 2);
        await ShouldBeRightAsync(workspace, inbox, plan);
    }

    [Fact]
    public async Task A_worker_that_is_cut_off_from_its_broker_leaves_its_slots_to_the_others()
    {
        var (workspace, inbox, plan) = await PrepareAsync(commandCount: 4_000);
        var load = new Load(plan, await workspace.PublisherAsync());
        var gate = Own(Gate.To(workspace.Broker.Port));
        gate.Open();
        await StartAsync(workspace, ("RabbitMq__Uri", new UriBuilder(workspace.Broker) { Port = gate.Port }.Uri.ToString()));
        await StartAsync(workspace);
        await EvenAsync(workspace, workers: 2);
        load.Start();
        await inbox.WaitAsync(all => all.Count > 200, "the middle of its work");

        gate.Shut();
        await EvenAsync(workspace, workers: 1);
        await load.FinishAsync();
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        gate.Open();
        await EvenAsync(workspace, workers: 2);
        await ShouldBeRightAsync(workspace, inbox, plan);
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = owned.Count - 1; i >= 0; i--)
        {
            await owned[i].DisposeAsync();
        }
    }

    private async Task<(Workspace Workspace, Inbox Inbox, LoadPlan Plan)> PrepareAsync(int commandCount)
    {
        var workspace = Own(await Workspace.CreateAsync(servers, SlotCount));
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        return (workspace, inbox, new LoadPlan(seed, caseCount: 60, commandCount));
    }

    private async Task<WorkerProcess> StartAsync(Workspace workspace, params (string Name, string? Value)[] changes)
    {
        var worker = Own(WorkerProcess.CaseWorker(RunVerbTests.With(workspace, [.. changes, ("CaseWorker__BatchLimit", "20")]), "run"));
        await worker.StartedAsync();
        return worker;
    }

    private async Task ShouldBeRightAsync(Workspace workspace, Inbox inbox, LoadPlan plan)
    {
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}\n{string.Join("\n---\n", owned.OfType<WorkerProcess>().Select(worker => worker.Output))}");
    }

    /// <summary>Every slot is held, by so many workers, none with two more than another.</summary>
    private static Task EvenAsync(Workspace workspace, int workers) => workspace.UntilAsync(
        $"""
        SELECT count(*) FROM (
          SELECT count(*) FILTER (WHERE owner IS NULL) AS free, count(DISTINCT owner) AS workers FROM slot_leases) AS held,
          (SELECT max(slots) - min(slots) AS apart FROM (SELECT count(*) AS slots FROM slot_leases GROUP BY owner) AS share) AS spread
        WHERE free = 0 AND workers = {workers} AND apart <= 1
        """,
        count => count == 1);

    private static void Signal(WorkerProcess worker, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", worker.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private T Own<T>(T thing)
        where T : IAsyncDisposable
    {
        owned.Add(thing);
        return thing;
    }

    /// <summary>Publishes a little at a time, so that there is always work; what is left at the end goes out at once.</summary>
    private sealed class Load(LoadPlan plan, Publisher publisher)
    {
        private volatile bool hurries;
        private Task publishing = Task.CompletedTask;

        public void Start() => publishing = Task.Run(async () =>
        {
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            foreach (var few in plan.Commands.Chunk(10))
            {
                await publisher.SendAsync(few);
                if (!hurries)
                {
                    await tick.WaitForNextTickAsync(CancellationToken.None);
                }
            }
        });

        public async Task FinishAsync()
        {
            hurries = true;
            await publishing;
        }
    }
}
