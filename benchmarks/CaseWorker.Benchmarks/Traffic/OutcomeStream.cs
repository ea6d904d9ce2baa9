using System.Buffers.Text;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>The subscriber: a durable queue behind all outcomes, as a team that must not miss one has it. Reads the command's id and no more.</summary>
internal sealed class OutcomeStream(TrafficLog log)
{
    private const string Queue = "benchmark-outcomes";
    private const ushort Prefetch = 2000;
    private const int AcknowledgeEvery = 200;

    public int Accepted { get; private set; }

    public int Conflicted { get; private set; }

    public int Others { get; private set; }

    public async Task OpenAsync(IConnection connection)
    {
        var channel = await connection.CreateChannelAsync();
        await OutcomeTopology.DeclareAsync(channel);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(Queue, CaseTopology.OutcomeExchange, "");
        await channel.BasicQosAsync(0, Prefetch, global: false);
        await channel.BasicConsumeAsync(Queue, autoAck: false, new Consumer(channel, this));
    }

    private void Take(string exchange, ReadOnlySpan<byte> body)
    {
        switch (exchange)
        {
            case CaseTopology.AcceptedExchange: Accepted++; break;
            case CaseTopology.ConflictedExchange: Conflicted++; break;
            default: Others++; break;
        }

        log.Received(CommandIdOf(body));
    }

    /// <summary>Finds the first member of that name; white space may stand around the colon.</summary>
    private static Guid CommandIdOf(ReadOnlySpan<byte> json)
    {
        var rest = json[(json.IndexOf("\"commandId\""u8) + "\"commandId\""u8.Length)..];
        var text = rest[(rest.IndexOf((byte)'"') + 1)..];
        return Utf8Parser.TryParse(text, out Guid id, out _) ? id : throw new BenchmarkException("An outcome without a command id came.");
    }

    /// <summary>The client's own consumer with events costs more a message than all that is done here.</summary>
    private sealed class Consumer(IChannel channel, OutcomeStream stream) : AsyncDefaultBasicConsumer(channel)
    {
        public override async Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            stream.Take(exchange, body.Span);
            if (deliveryTag % AcknowledgeEvery == 0)
            {
                await Channel.BasicAckAsync(deliveryTag, multiple: true, CancellationToken.None);
            }
        }
    }
}
