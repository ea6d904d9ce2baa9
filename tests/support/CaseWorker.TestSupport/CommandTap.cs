using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.TestSupport;

/// <summary>Gets a copy of every command that is published to a slot, as it came over the wire. The worker must have made the exchange.</summary>
internal sealed class CommandTap : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly string queue;

    private CommandTap(IConnection connection, IChannel channel, string queue)
    {
        this.connection = connection;
        this.channel = channel;
        this.queue = queue;
    }

    public static async Task<CommandTap> OpenAsync(Workspace workspace)
    {
        var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        var channel = await connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        foreach (var slot in Enumerable.Range(0, workspace.Slots))
        {
            await channel.QueueBindAsync(queue, CaseTopology.CommandExchange, CaseTopology.RoutingKeyOf(slot));
        }

        return new CommandTap(connection, channel, queue);
    }

    /// <summary>What was confirmed since the last time: a confirm means that every queue has the message.</summary>
    public async Task<IReadOnlyList<BasicGetResult>> TakeAsync()
    {
        var taken = new List<BasicGetResult>();
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
        {
            taken.Add(message);
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await BrokerConnection.EndAsync(connection);
    }
}
