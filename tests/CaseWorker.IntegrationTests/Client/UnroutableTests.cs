using CaseWorker.Client;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>What has nowhere to go, or is not let in, is told to its sender.</summary>
public sealed class UnroutableTests(Servers servers)
{
    [Fact]
    public async Task Where_no_worker_ever_ran_a_command_is_unroutable_until_one_has()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ClientHost.StartAsync(workspace);
        var command = CaseCommands.AddNote(5, "hello");

        var error = await Should.ThrowAsync<CommandUnroutableException>(client.PublishAsync(command));
        error.CommandId.ShouldBe(command.CommandId);
        error.CaseReference.ShouldBe(5);
        error.MayTakeEffect.ShouldBeFalse();
        error.Message.ShouldStartWith($"Command {command.CommandId} (note.add) of case 5: ");
        error.Message.ShouldContain("start a worker once on this virtual host");

        await workspace.DeclareQueuesAsync();
        await client.PublishAsync(command);
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 1);
    }

    [Fact]
    public async Task A_client_with_more_slots_than_the_worker_is_told_and_makes_no_dead_letter()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var client = await ClientHost.StartAsync(workspace, options => options.Slots = 64);

        var error = await Should.ThrowAsync<CommandUnroutableException>(client.PublishAsync(CaseCommands.AddNote(17, "hello")));

        error.Message.ShouldContain("case-commands.17");
        error.Message.ShouldContain("set CaseWorkerClientOptions.Slots to the worker's number");
        (await workspace.ReadyAsync(CaseTopology.UnroutedQueue)).ShouldBe(0u);
        await client.PublishAsync(CaseCommands.AddNote(3, "others are not disturbed"));
    }

    [Fact]
    public async Task A_command_that_the_broker_gives_back_is_unroutable()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(CaseTopology.CommandExchange, ExchangeType.Direct, durable: true);
        await channel.QueueDeclareAsync(CaseTopology.QueueOf(1), durable: true, exclusive: false, autoDelete: false);
        var client = await ClientHost.StartAsync(workspace);
        var command = CaseCommands.AddNote(5, "hello");

        var error = await Should.ThrowAsync<CommandUnroutableException>(client.PublishAsync(command));
        error.Message.ShouldContain("no queue is bound");

        await channel.QueueBindAsync(CaseTopology.QueueOf(1), CaseTopology.CommandExchange, "1");
        await client.PublishAsync(command);
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 1);
    }

    [Fact]
    public async Task A_missing_exchange_is_told_to_each_command_that_was_on_its_way()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(CaseTopology.QueueOf(1), durable: true, exclusive: false, autoDelete: false);
        var client = await ClientHost.StartAsync(workspace);
        var commands = Enumerable.Range(0, 20).Select(n => CaseCommands.AddNote(5, $"{n}")).ToList();

        foreach (var publishing in commands.Select(command => client.PublishAsync(command)).ToList())
        {
            (await Should.ThrowAsync<CommandUnroutableException>(publishing)).Message.ShouldContain("no exchange 'case-commands'");
        }

        await channel.ExchangeDeclareAsync(CaseTopology.CommandExchange, ExchangeType.Direct, durable: true);
        await channel.QueueBindAsync(CaseTopology.QueueOf(1), CaseTopology.CommandExchange, "1");
        await client.PublishAsync(commands[0]);
    }

    [Fact]
    public async Task A_command_that_the_broker_refuses_is_told_as_refused()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(CaseTopology.CommandExchange, ExchangeType.Direct, durable: true);
        await channel.QueueDeclareAsync(
            CaseTopology.QueueOf(1), durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        await channel.QueueBindAsync(CaseTopology.QueueOf(1), CaseTopology.CommandExchange, "1");
        var client = await ClientHost.StartAsync(workspace);
        await client.PublishAsync(CaseCommands.AddNote(5, "fills it"));
        var command = CaseCommands.AddNote(5, "one too many");

        var error = await Should.ThrowAsync<CommandRefusedException>(client.PublishAsync(command));
        error.Message.ShouldContain("negative confirm");
        error.Message.ShouldContain("Publish the same command again with the same command id");

        await channel.QueuePurgeAsync(CaseTopology.QueueOf(1));
        await client.PublishAsync(command);
    }
}
