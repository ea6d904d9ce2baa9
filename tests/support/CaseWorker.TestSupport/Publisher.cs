using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.TestSupport;

/// <summary>A plain AMQP producer: persistent, mandatory, confirmed.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly int slots;
    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Publisher(IConnection connection, IChannel channel, int slots)
    {
        this.connection = connection;
        this.channel = channel;
        this.slots = slots;
        channel.ChannelShutdownAsync += (_, _) =>
        {
            lost.TrySetResult();
            return Task.CompletedTask;
        };
    }

    public bool IsOpen => connection.IsOpen && channel.IsOpen;

    /// <summary>Completes when its channel is lost: confirms that are still missing then never come.</summary>
    public Task Lost => lost.Task;

    public static async Task<Publisher> ConnectAsync(Workspace workspace)
    {
        var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        return new Publisher(connection, channel, workspace.Slots);
    }

    /// <summary>Completes when the broker has it.</summary>
    public Task SendAsync(JsonObject command) =>
        SendRawAsync(JsonSerializer.SerializeToUtf8Bytes(command), SlotOf(command), command["commandId"]?.ToString());

    /// <summary>Sends in order and waits for all confirms.</summary>
    public async Task SendAsync(IEnumerable<JsonObject> commands)
    {
        // Started one after the other on one channel, they reach the broker in this order.
        foreach (var window in commands.Chunk(500))
        {
            await Task.WhenAll(window.Select(SendAsync).ToList());
        }
    }

    public async Task SendRawAsync(
        byte[] body,
        string routingKey,
        string? messageId = null,
        string contentType = "application/json",
        Action<BasicProperties>? configure = null,
        bool mandatory = true)
    {
        var properties = new BasicProperties { ContentType = contentType, DeliveryMode = DeliveryModes.Persistent, MessageId = messageId };
        configure?.Invoke(properties);
        await channel.BasicPublishAsync(CaseTopology.CommandExchange, routingKey, mandatory, properties, body);
    }

    public Task SendTextAsync(string body, int slot) => SendRawAsync(Encoding.UTF8.GetBytes(body), CaseTopology.RoutingKeyOf(slot));

    private string SlotOf(JsonObject command) =>
        CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(CommandJson.CaseOf(command), slots));

    public async ValueTask DisposeAsync()
    {
        await BrokerConnection.EndAsync(connection);
    }
}
