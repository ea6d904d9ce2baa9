using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace PermitOffice;

/// <summary>A queue of the demo's own at the outcome exchange. The broker removes it when the connection ends.</summary>
internal sealed class DemoOutcomes : IAsyncDisposable
{
    private readonly IChannel channel;
    private readonly TaskCompletionSource<string> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DemoOutcomes(IChannel channel) => this.channel = channel;

    /// <summary>Completes with the reason when no more deliveries can come.</summary>
    public Task<string> Lost => lost.Task;

    /// <param name="connection">Carries a channel for this alone.</param>
    /// <param name="take">Called for each delivery, one at a time, in order.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<DemoOutcomes> OpenAsync(IConnection connection, Action<ReadOnlyMemory<byte>> take, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var outcomes = new DemoOutcomes(channel);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            outcomes.lost.TrySetResult(reason.ReplyText);
            return Task.CompletedTask;
        };
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue.QueueName, CaseTopology.OutcomeExchange, routingKey: "", cancellationToken: cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            take(delivery.Body);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, cancellationToken);
        return outcomes;
    }

    public ValueTask DisposeAsync() => channel.DisposeAsync();
}
