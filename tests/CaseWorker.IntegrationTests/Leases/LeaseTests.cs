using CaseWorker.Configuration;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;

namespace CaseWorker.IntegrationTests.Leases;

/// <summary>The fence: what a former holder of a slot can still do.</summary>
public sealed class LeaseTests(Servers servers)
{
    [Fact]
    public async Task A_slot_is_taken_over_between_batches_and_its_former_holder_writes_nothing_more()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 2);
        await using var services = new ServiceCollection().AddCaseWorkerStorage(workspace.WorkerConnection).BuildServiceProvider();
        var contexts = services.GetRequiredService<IDbContextFactory<CaseWorkerDbContext>>();
        var (former, next) = (new WorkerName("former"), new WorkerName("next"));
        var processor = new BatchProcessor(contexts, former, new DecisionRun(new SlowActions(TimeProvider.System), TimeProvider.System), new GlobalHead(), Options.Create(new CaseWorkerOptions()));
        await using var ofFormer = TableOf(workspace, former);
        await using var ofNext = TableOf(workspace, next);
        var leases = await ofFormer.TakeAsync((await ofFormer.RenewAsync(serves: true, [], Token)).Slots, Token);
        leases.Select(lease => lease.Slot).Order().ShouldBe([0, 1]);

        // The former holder stands still in the middle of a batch, for longer than its leases last.
        await using (var batch = await BatchTransaction.BeginAsync(contexts))
        {
            await using var opened = await processor.OpenAsync(batch, [leases[0]], [], []);
            await workspace.ExecuteAsync("UPDATE workers SET renewed_at = renewed_at - interval '1 hour'; UPDATE slot_leases SET expires_at = expires_at - interval '1 hour'");
            var view = await ofNext.RenewAsync(serves: true, [], Token);
            view.Workers.ShouldBe([next]);
            view.Slots.ShouldAllBe(slot => slot.IsExpired && slot.Owner == former);
            (await ofNext.TakeAsync(view.Slots, Token)).ShouldBe([leases[1] with { Epoch = leases[1].Epoch + 1 }], "the other has a batch in work");
            await batch.CommitAsync();
        }

        var rest = (await ofNext.RenewAsync(serves: true, [], Token)).Slots.Where(slot => slot.Owner == former).ToList();
        (await ofNext.TakeAsync(rest, Token)).ShouldBe([leases[0] with { Epoch = leases[0].Epoch + 1 }]);
        foreach (var lease in leases)
        {
            await using var late = await BatchTransaction.BeginAsync(contexts);
            (await Should.ThrowAsync<LeaseLostException>(processor.OpenAsync(late, [lease], [], []))).Slots.ShouldBe([lease.Slot]);
        }
    }

    [Fact]
    public async Task Of_two_that_reach_for_the_same_slot_one_gets_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        var tables = Enumerable.Range(0, 4).Select(number => TableOf(workspace, new WorkerName($"worker {number}"))).ToList();
        var views = await Task.WhenAll(tables.Select(table => table.RenewAsync(serves: true, [], Token)));
        var taken = await Task.WhenAll(tables.Zip(views, (table, view) => table.TakeAsync(view.Slots, Token)));
        taken.SelectMany(leases => leases).Select(lease => lease.Slot).Order().ShouldBe(Enumerable.Range(0, 8));
        taken.SelectMany(leases => leases).ShouldAllBe(lease => lease.Epoch == 1);
        foreach (var table in tables)
        {
            await table.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_worker_that_leaves_is_gone_with_all_that_it_held()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 2);
        await using var table = TableOf(workspace, new WorkerName("one"));
        await table.TakeAsync((await table.RenewAsync(serves: true, [], Token)).Slots, Token);
        await table.LeaveAsync(Token);
        (await workspace.CountAsync("workers")).ShouldBe(0);
        (await workspace.CountAsync("slot_leases WHERE owner IS NULL AND epoch = 1")).ShouldBe(2);
    }

    [Fact]
    public async Task A_worker_that_died_before_the_clock_was_set_back_is_known_by_its_connection()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 2);
        var (dead, alive) = (new WorkerName("dead"), new WorkerName("alive"));
        await using (var ofDead = TableOf(workspace, dead))
        {
            await ofDead.TakeAsync((await ofDead.RenewAsync(serves: true, [], Token)).Slots, Token);
        }

        await workspace.ExecuteAsync("UPDATE workers SET renewed_at = renewed_at + interval '1 hour'; UPDATE slot_leases SET expires_at = expires_at + interval '1 hour'");
        await using var ofAlive = TableOf(workspace, alive);
        await Eventually.HoldsAsync("the dead worker's session to end", async () => (await ofAlive.RenewAsync(serves: true, [], Token)).Workers is [var only] && only == alive);
        var view = await ofAlive.RenewAsync(serves: true, [], Token);
        view.Slots.ShouldAllBe(slot => slot.IsExpired);
        (await ofAlive.TakeAsync(view.Slots, Token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task After_the_clock_was_set_back_a_lease_is_renewed_by_the_new_time()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 2);
        await using var table = TableOf(workspace, new WorkerName("one"));
        await table.TakeAsync((await table.RenewAsync(serves: true, [], Token)).Slots, Token);
        await workspace.ExecuteAsync("UPDATE slot_leases SET expires_at = expires_at + interval '1 hour'");
        await table.RenewAsync(serves: true, [], Token);
        (await workspace.CountAsync("slot_leases WHERE expires_at > now() + interval '1 minute'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_worker_that_loses_its_broker_before_it_consumes_leaves_its_slots_to_another()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var proxy = NetworkProxy.To(workspace.Broker.Port);
        proxy.Open();

        // It has taken all of them, and not one is declared yet.
        var starting = Workers.StartAsync(
            workspace,
            builder => builder.Services.AddSingleton<IConfigureReceiveEndpoint>(new FirstSlot(proxy.Close)),
            new UriBuilder(workspace.Broker) { Port = proxy.Port }.Uri);
        await workspace.EvenAsync(1);
        var cutOff = await workspace.ScalarAsync<string>("SELECT max(owner) FROM slot_leases");

        await workspace.StartWorkerAsync();
        await workspace.UntilAsync($"SELECT count(*) FROM slot_leases WHERE owner IS NULL OR owner = '{cutOff}'", left => left == 0);

        proxy.Open();
        await using var back = await starting;
        await workspace.EvenAsync(2);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static LeaseTable TableOf(Workspace workspace, WorkerName name) => new(
        new ConnectionSettings(workspace.WorkerConnection, workspace.Broker),
        name,
        Options.Create(new CaseWorkerOptions { Slots = workspace.Slots }));

    /// <summary>Acts when the worker's first slot is about to be declared.</summary>
    private sealed class FirstSlot(Action act) : IConfigureReceiveEndpoint
    {
        private Action? act = act;

        public void Configure(string name, IReceiveEndpointConfigurator configurator) => Interlocked.Exchange(ref act, null)?.Invoke();
    }
}
