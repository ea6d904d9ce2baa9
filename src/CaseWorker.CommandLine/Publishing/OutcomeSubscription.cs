using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>A queue of our own at the outcomes' exchange; the broker removes it when the connection ends.</summary>
internal sealed class OutcomeSubscription : IAsyncDisposable
{
    private readonly IChannel channel;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource<string> lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long lastDelivery;

    private OutcomeSubscription(IChannel channel, TimeProvider time) => (this.channel, this.time, lastDelivery) = (channel, time, time.GetTimestamp());

    /// <summary>Completes with the reason when no more deliveries can come.</summary>
    public Task<string> Lost => lost.Task;

    /// <summary>How long nothing has come.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref lastDelivery));

    /// <param name="connection">Carries a channel for this alone.</param>
    /// <param name="take">Called for each delivery, one at a time, in order.</param>
    /// <param name="time">Measures the silence.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<OutcomeSubscription> OpenAsync(IConnection connection, Action<ReadOnlyMemory<byte>> take, TimeProvider time, CancellationToken cancellationToken)
    {
        var opened = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var subscription = new OutcomeSubscription(opened, time);
        opened.ChannelShutdownAsync += (_, reason) =>
        {
            subscription.lost.TrySetResult(reason.ReplyText);
            return Task.CompletedTask;
        };
        var queue = await opened.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, cancellationToken: cancellationToken);
        await opened.QueueBindAsync(queue.QueueName, CaseTopology.OutcomeExchange, routingKey: "", cancellationToken: cancellationToken);
        var consumer = new AsyncEventingBasicConsumer(opened);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            subscription.Stir();
            take(delivery.Body);
            return Task.CompletedTask;
        };
        await opened.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, cancellationToken);
        return subscription;
    }

    /// <summary>Starts the measure of silence anew.</summary>
    public void Stir() => Interlocked.Exchange(ref lastDelivery, time.GetTimestamp());

    public ValueTask DisposeAsync() => channel.DisposeAsync();
}
