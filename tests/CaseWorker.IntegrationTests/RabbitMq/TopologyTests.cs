using System.Text;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.RabbitMq;

/// <summary>Exchanges and queues that somebody deletes come back, and what is published meanwhile is not gone.</summary>
public sealed class TopologyTests(Servers servers)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_for_a_queue_that_was_deleted_parks_its_case(bool madeByAnOldWorker)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        var queue = CaseTopology.QueueOf(1);
        await workspace.DeclareQueuesAsync();
        if (madeByAnOldWorker)
        {
            await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true);
            await channel.ExchangeBindAsync(queue, CaseTopology.CommandExchange, "1");
            await channel.QueueUnbindAsync(queue, CaseTopology.CommandExchange, "1");
            await channel.QueueBindAsync(queue, queue, "");
        }

        await workspace.StartWorkerAsync();
        await channel.QueueDeleteAsync(queue);
        var (create, note) = (CommandJson.Create(5), CommandJson.Note(5, "behind"));
        await PublishAsync(channel, create);
        await Eventually.HoldsAsync($"{queue} to be there", () => IsThereAsync(connection, other => other.QueueDeclarePassiveAsync(queue)));
        await PublishAsync(channel, note);

        (await inbox.NoticeAsync(create)).Reason.ShouldBe("unroutable");
        (await inbox.NoticeAsync(note)).Number("position").ShouldBe(2);
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 5 });
        (await inbox.FinalAsync(note)).Number("nonce").ShouldBe(2);
    }

    [Fact]
    public async Task Outcomes_are_published_when_their_exchange_was_deleted_and_the_log_names_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 20, "run");
        await worker.StartedAsync();
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        var publisher = await workspace.PublisherAsync();
        await Eventually.HoldsAsync("the log to name the exchange, unless the worker declares it before it publishes", async () =>
        {
            var command = CommandJson.Create(Random.Shared.NextInt64(1, long.MaxValue));
            await channel.ExchangeDeleteAsync(CaseTopology.AcceptedExchange);
            await publisher.SendAsync(command);
            (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");
            return worker.Output.Contains("no exchange 'case-outcomes.accepted'", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Every_exchange_comes_back_while_a_worker_runs()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        string[] exchanges = [CaseTopology.CommandExchange, CaseTopology.UnroutedQueue, CaseTopology.UndeliverableQueue, CaseTopology.OutcomeExchange, CaseTopology.ParkedExchange];
        foreach (var exchange in exchanges)
        {
            await channel.ExchangeDeleteAsync(exchange);
        }

        var inbox = await workspace.InboxAsync();
        foreach (var exchange in exchanges)
        {
            await Eventually.HoldsAsync($"{exchange} to be there", () => IsThereAsync(connection, other => other.ExchangeDeclarePassiveAsync(exchange)));
        }

        var (command, wrong) = (CommandJson.Create(4), CommandJson.Create(8));
        var publisher = await workspace.PublisherAsync();
        await Eventually.HoldsAsync("slot 0 to be bound", async () =>
        {
            await publisher.SendAsync(command);
            return await workspace.CountAsync("case_data") == 1;
        });
        await inbox.OfAsync(command);
        await publisher.SendRawAsync(Encoding.UTF8.GetBytes(wrong.ToJsonString()), "99");
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters WHERE case_reference = 8", count => count == 1);
    }

    private static async Task<bool> IsThereAsync(IConnection connection, Func<IChannel, Task> ask)
    {
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await ask(channel);
            return true;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }

    private static async Task PublishAsync(IChannel channel, System.Text.Json.Nodes.JsonObject command) =>
        await channel.BasicPublishAsync(CaseTopology.CommandExchange, "1", mandatory: false, new BasicProperties { ContentType = "application/json", Persistent = true }, Encoding.UTF8.GetBytes(command.ToJsonString()));
}
