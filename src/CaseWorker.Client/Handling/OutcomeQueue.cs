using System.Threading.Channels;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Handling;

/// <summary>A subscriber's queue on one connection. If the connection or the consumer is lost, reading ends with an error. A queue object is never reused.</summary>
internal sealed class OutcomeQueue : IAsyncDisposable
{
    private const string ConnectionName = "caseworker client";

    private static readonly (OutcomeKinds Kind, string Exchange)[] Exchanges =
    [
        (OutcomeKinds.Accepted, CaseTopology.AcceptedExchange),
        (OutcomeKinds.Conflicted, CaseTopology.ConflictedExchange),
        (OutcomeKinds.Rejected, CaseTopology.RejectedExchange),
        (OutcomeKinds.Parked, CaseTopology.ParkedExchange),
    ];

    private readonly Channel<OutcomeDelivery> deliveries = Channel.CreateUnbounded<OutcomeDelivery>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IConnection connection;
    private readonly IChannel channel;
    private readonly TimeProvider time;

    private OutcomeQueue(IConnection connection, IChannel channel, TimeProvider time) => (this.connection, this.channel, this.time) = (connection, channel, time);

    /// <remarks>No cancellation token: one that fires inside can leave a connection that never ends.</remarks>
    public static async Task<OutcomeQueue> OpenAsync(IBrokerConnectionFactory broker, OutcomeHandlerOptions options, TimeProvider time)
    {
        var connection = await broker.ConnectAsync(ConnectionName);
        try
        {
            await DeclareAsync(connection, options);
            var queue = new OutcomeQueue(connection, await connection.CreateChannelAsync(), time);
            await queue.ConsumeAsync(options);
            return queue;
        }
        catch
        {
            _ = connection.EndAsync(time);
            throw;
        }
    }

    /// <summary>Reads messages in the order of the queue.</summary>
    public IAsyncEnumerable<OutcomeDelivery> ReadAsync(CancellationToken cancellationToken) => deliveries.Reader.ReadAllAsync(cancellationToken);

    public ValueTask AcknowledgeAsync(OutcomeDelivery delivery) => channel.BasicAckAsync(delivery.Tag, multiple: false);

    /// <summary>Moves a message to the queue of dead messages.</summary>
    public ValueTask RejectAsync(OutcomeDelivery delivery) => channel.BasicRejectAsync(delivery.Tag, requeue: false);

    public async ValueTask DisposeAsync() => await connection.EndAsync(time);

    private static async Task DeclareAsync(IConnection connection, OutcomeHandlerOptions options)
    {
        var dead = $"{options.Queue}.dead";
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(dead, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await channel.QueueDeclareAsync(options.Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["x-queue-type"] = "quorum",

            // One instance handles; another takes over when it stops.
            ["x-single-active-consumer"] = true,

            // A subscriber that dies again and again loses no outcome: newer brokers would give up after 20 deliveries.
            ["x-delivery-limit"] = 1_000_000,
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = dead,
        });
        foreach (var (kind, exchange) in Exchanges)
        {
            // As the worker declares it: a subscriber may start first.
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false);
            if (options.Kinds.HasFlag(kind))
            {
                await channel.QueueBindAsync(options.Queue, exchange, routingKey: "");
            }
            else
            {
                // An earlier version of the application may have wanted this kind.
                await channel.QueueUnbindAsync(options.Queue, exchange, routingKey: "");
            }
        }
    }

    private async Task ConsumeAsync(OutcomeHandlerOptions options)
    {
        channel.ChannelShutdownAsync += (_, reason) => LoseAsync(reason.ReplyText, reason.Exception);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.UnregisteredAsync += (_, _) => LoseAsync("the broker has cancelled the consumer", cause: null);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The body's memory is reused when this returns.
            deliveries.Writer.TryWrite(new OutcomeDelivery(delivery.DeliveryTag, OutcomeJson.Read(delivery.Body.Span)));
            return Task.CompletedTask;
        };
        await channel.BasicQosAsync(0, options.PrefetchCount, global: false);
        await channel.BasicConsumeAsync(options.Queue, autoAck: false, consumer);
    }

    private Task LoseAsync(string reason, Exception? cause)
    {
        deliveries.Writer.TryComplete(new IOException($"The connection to the broker was lost ({reason}).", cause));
        return Task.CompletedTask;
    }
}

/// <summary>A message of the queue.</summary>
/// <param name="Tag">The delivery tag, for the acknowledgement.</param>
/// <param name="Outcome">Null if the message is not an outcome.</param>
internal sealed record OutcomeDelivery(ulong Tag, CaseOutcome? Outcome);
