using CaseWorker.Client;
using CaseWorker.Contracts;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>The broker goes away, falls silent, dies, and comes back: a publish waits no longer than it said, and then works again.</summary>
public sealed class BrokerOutageTests(Servers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>For a publish that never ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task While_the_broker_is_away_publishes_fail_and_later_work_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var client = await StartAsync(workspace, proxy);
        await client.PublishAsync(CaseCommands.AddNote(5, "before"));
        proxy.Close();
        var commands = Enumerable.Range(0, 100).Select(n => CaseCommands.AddNote(5, $"{n}")).ToList();

        foreach (var publishing in commands.Select(command => client.PublishAsync(command)).ToList())
        {
            var error = await Should.ThrowAsync<BrokerUnavailableException>(publishing.WaitAsync(Patience));
            error.Message.ShouldContain("Publish the same command again with the same command id");
        }

        proxy.Open();
        await ComesBackAsync(client);
        await Task.WhenAll(commands.Select(command => client.PublishAsync(command)).ToList());
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 101);
    }

    [Fact]
    public async Task A_short_absence_is_waited_out_in_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        proxy.Close();
        var client = await StartAsync(workspace, proxy, TimeSpan.FromSeconds(60));
        var create = CaseCommands.Create(5, new { n = 0 });
        var merge = CaseCommands.Merge(5, new { n = 1 }, proposedVersion: 2);

        var publishing = Task.WhenAll(client.PublishAsync(create), client.PublishAsync(merge));
        proxy.Open();
        await publishing;

        await inbox.ForAllAsync([create.CommandId, merge.CommandId]);
        inbox.All.ShouldAllBe(outcome => outcome.Outcome == "accepted");
    }

    [Fact]
    public async Task While_the_broker_is_silent_publishes_fail_and_later_work_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var client = await StartAsync(workspace, proxy);
        await client.PublishAsync(CaseCommands.AddNote(5, "before"));
        proxy.Hold();
        var command = CaseCommands.AddNote(5, "held");
        var neighbour = CaseCommands.AddNote(6, "held, and its slot's queue was never asked for");

        var (first, second) = (client.PublishAsync(command), client.PublishAsync(neighbour));
        var silent = await Should.ThrowAsync<ConfirmTimeoutException>(first.WaitAsync(Patience));
        silent.MayTakeEffect.ShouldBeTrue();
        silent.Message.ShouldContain("has not confirmed it within 2 s");
        (await Should.ThrowAsync<BrokerUnavailableException>(second.WaitAsync(Patience))).MayTakeEffect.ShouldBeFalse();

        proxy.Release();
        await ComesBackAsync(client);
        await client.PublishAsync(command);
        await client.PublishAsync(neighbour);
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 3);
    }

    [Fact]
    public async Task A_connection_that_breaks_on_the_way_fails_all_that_were_on_it_and_none_overtakes()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var client = await StartAsync(workspace, proxy, TimeSpan.FromSeconds(30));
        var create = CaseCommands.Create(5, new { n = 0 });
        await client.PublishAsync(create);
        var merges = Enumerable.Range(1, 300).Select(n => CaseCommands.Merge(5, new { n }, proposedVersion: n + 1)).ToList();
        proxy.Hold();

        var publishing = merges.Select(command => client.PublishAsync(command)).ToList();
        proxy.Close();
        proxy.Release();
        foreach (var task in publishing)
        {
            await Should.ThrowAsync<BrokerUnavailableException>(task);
        }

        proxy.Open();
        await Task.WhenAll(merges.Select(command => client.PublishAsync(command)).ToList());
        await inbox.ForAllAsync([.. merges.Select(command => command.CommandId)]);
        inbox.All.ShouldAllBe(outcome => outcome.Outcome == "accepted");
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once_and_breaks_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var client = await StartAsync(workspace, proxy);
        await client.PublishAsync(CaseCommands.AddNote(5, "before"));
        proxy.Hold();
        using var cancellation = new CancellationTokenSource();

        var publishing = client.PublishAsync(CaseCommands.AddNote(5, "held"), cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(publishing);
        proxy.Release();

        await client.PublishAsync(CaseCommands.AddNote(5, "after"));
        await Should.ThrowAsync<OperationCanceledException>(async () => await client.PublishAsync(CaseCommands.AddNote(5, "never"), cancellation.Token));
    }

    [Fact]
    public async Task After_the_broker_was_shut_down_and_started_again_it_publishes_again()
    {
        await using var own = new Servers();
        await own.InitializeAsync();
        await using var workspace = await Workspace.CreateAsync(own);
        await workspace.DeclareQueuesAsync();
        var client = await ClientHost.StartAsync(workspace, options => options.PublishTimeout = TimeSpan.FromSeconds(60));
        await client.PublishAsync(CaseCommands.AddNote(5, "before"));

        // Not killed: a broker that is killed right after it made its queues may come back without some of them (seen with 3.10.8).
        await own.StopRabbitAsync();
        await own.StartRabbitAsync();

        await client.PublishAsync(CaseCommands.AddNote(5, "after"));
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 2);
    }

    /// <summary>The limit is short for those who wait in vain; on a busy machine connecting may take longer than one such publish.</summary>
    private static async Task ComesBackAsync(ICaseWorkerClient client)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await client.PublishAsync(CaseCommands.AddNote(7, "is it back?"));
                return;
            }
            catch (CaseCommandException) when (attempt < 20)
            {
                // Not yet.
            }
        }
    }

    private static Task<ICaseWorkerClient> StartAsync(Workspace workspace, NetworkProxy proxy, TimeSpan? limit = null) =>
        ClientHost.StartAsync(workspace, options => (options.Broker, options.PublishTimeout) = (workspace.Through(proxy), limit ?? Limit));
}
