using System.Diagnostics;
using CaseWorker.Contracts;
using CaseWorker.Histories;
using CaseWorker.IntegrationTests.CommandLine;
using Npgsql;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Outages;

/// <summary>SIGTERM: the worker finishes what it holds and goes.</summary>
public sealed class ShutdownTests(Servers servers)
{
    [Fact]
    public async Task Stopped_under_load_it_ends_with_0_and_leaves_nothing_half_done()
    {
        var seed = Random.Shared.Next();
        var plan = new LoadPlan(seed, caseCount: 80, commandCount: 9_000);
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await (await workspace.PublisherAsync()).SendAsync(plan.Commands);

        // Few at a time: a stop finishes all that is held, and something has to be left after five.
        var settings = RunCommandTests.With(workspace, ("CaseWorker__BatchLimit", "50"), ("CaseWorker__PrefetchPerSlot", "50"));
        var left = (uint)plan.Commands.Count;
        var stops = 0;
        for (; stops < 5 && left > 1_000; stops++)
        {
            await using var worker = WorkerProcess.CaseWorker(settings, "run");
            var before = inbox.All.Count;
            await inbox.WaitAsync(all => all.Count > before + 300, "the middle of its work");
            worker.Terminate();
            (await worker.ExitAsync(seconds: 35)).ShouldBe(0, worker.Output);

            left = await WaitingAsync(workspace);
            var acknowledged = plan.Commands.Count - (int)left;
            await inbox.WaitAsync(all => all.Count >= acknowledged, "an outcome for everything acknowledged");
            var recorded = await workspace.CountAsync("case_events") + await workspace.CountAsync("command_refusals");
            await inbox.WaitAsync(all => all.Select(received => received.CommandId).Distinct().Count() >= recorded, "an outcome for everything recorded");
        }

        stops.ShouldBeGreaterThan(1, "at least one stop came in the middle of the work");
        await using var last = WorkerProcess.CaseWorker(settings, "run");
        await inbox.WaitAsync(all => all.Count >= plan.Commands.Count, "all outcomes");
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}");

        // A busy broker may drop the last acknowledgements of a closing channel, a repeat each. Without finishing, each of the five stops
        // would repeat a batch of every batch worker.
        inbox.All.Count.ShouldBeLessThan(plan.Commands.Count + 500, "nearly everything was delivered once: stopping gives back what was not begun");
    }

    [Fact]
    public async Task Stopped_without_work_it_ends_with_0()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await worker.StartedAsync();
        worker.Terminate();
        (await worker.ExitAsync(seconds: 35)).ShouldBe(0, worker.Output);
    }

    [Fact]
    public async Task Stopped_at_any_moment_of_its_start_it_ends_with_0_and_gives_its_slots_back()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        var settings = RunCommandTests.With(workspace);
        await using var first = WorkerProcess.CaseWorker(settings, "run");
        var clock = Stopwatch.StartNew();
        await first.StartedAsync();
        var start = clock.Elapsed;
        first.Terminate();
        await first.ExitAsync(seconds: 35);
        for (var stop = 0; stop < 20; stop++)
        {
            var moment = start * Random.Shared.NextDouble();
            await using var worker = WorkerProcess.CaseWorker(settings, "run");
            using var timer = new PeriodicTimer(moment);
            await timer.WaitForNextTickAsync();
            worker.Terminate();
            var code = await worker.ExitAsync(seconds: 35);

            // Before the program has begun, the signal does what it does to every process.
            code.ShouldBe(string.IsNullOrWhiteSpace(worker.Output) && code == 143 ? 143 : 0, $"stopped after {moment.TotalMilliseconds:N0} ms:\n{worker.Output}");
            worker.Output.ShouldNotContain("warn:", customMessage: $"stopped after {moment.TotalMilliseconds:N0} ms");
            RunCommandTests.ShouldHaveNoStackTrace(worker);
            (await workspace.CountAsync("slot_leases WHERE owner IS NOT NULL")).ShouldBe(0, $"stopped after {moment.TotalMilliseconds:N0} ms:\n{worker.Output}");
        }
    }

    [Fact]
    public async Task Stopped_while_its_database_is_away_it_gives_everything_back_in_order()
    {
        var seed = Random.Shared.Next();
        var plan = new LoadPlan(seed, caseCount: 20, commandCount: 1_500);
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await (await workspace.PublisherAsync()).SendAsync(plan.Commands);
        await using var proxy = NetworkProxy.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        proxy.Open();
        var connection = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;
        await using (var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", connection), ("CaseWorker__BatchLimit", "20")), "run"))
        {
            await inbox.WaitAsync(all => all.Count > 100, "the middle of its work");
            proxy.Close();
            await worker.SaysAsync("nothing is lost");
            worker.Terminate();
            (await worker.ExitAsync(seconds: 35)).ShouldBe(0, worker.Output);
        }

        (await WaitingAsync(workspace)).ShouldBeGreaterThan(0u);
        await using var next = WorkerProcess.CaseWorker(workspace, batchLimit: 20, "run");
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        (await Audit.RunAsync(workspace, plan, inbox)).ShouldBeEmpty($"seed {seed}");
    }

    [Fact]
    public async Task Stopped_while_it_still_waits_for_its_database_it_ends()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var proxy = NetworkProxy.To(0);
        var nowhere = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", nowhere)), "run");
        await worker.SaysAsync("The database cannot be reached yet");
        worker.Terminate();
        (await worker.ExitAsync(seconds: 35)).ShouldBe(0, worker.Output);
        RunCommandTests.ShouldHaveNoStackTrace(worker);
    }

    [Fact]
    public async Task Stopped_while_its_broker_is_silent_it_ends()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var proxy = NetworkProxy.To(workspace.Broker.Port);
        proxy.Open();
        proxy.Hold();
        var silent = new UriBuilder(workspace.Broker) { Port = proxy.Port }.Uri.AbsoluteUri;
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("RabbitMq__Uri", silent)), "run");
        await worker.SaysAsync("The broker cannot be reached yet");
        worker.Terminate();
        (await worker.ExitAsync(seconds: 35)).ShouldBe(0, worker.Output);
        RunCommandTests.ShouldHaveNoStackTrace(worker);
    }

    /// <summary>Messages that were given back: counted when the broker has noticed that the worker is gone.</summary>
    private static async Task<uint> WaitingAsync(Workspace workspace)
    {
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var left = 0u;
        for (var slot = 0; slot < workspace.Slots; slot++)
        {
            QueueDeclareOk? queue = null;
            await Eventually.HoldsAsync($"the consumer of slot {slot} to go", async () => (queue = await channel.QueueDeclarePassiveAsync(CaseTopology.QueueOf(slot))).ConsumerCount == 0);
            left += queue!.MessageCount;
        }

        return left;
    }
}
