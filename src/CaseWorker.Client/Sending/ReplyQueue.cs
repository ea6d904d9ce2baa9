using System.Collections.Concurrent;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Sending;

/// <summary>The queue that a connection's replies come to, and the commands that wait for one. The broker removes it with the connection.</summary>
internal sealed class ReplyQueue
{
    private readonly ConcurrentDictionary<string, PendingPublish> waiting = new(StringComparer.Ordinal);

    private ReplyQueue(string queue) => Queue = queue;

    public string Queue { get; }

    public static async Task<ReplyQueue> OpenAsync(IConnection connection)
    {
        var channel = await connection.CreateChannelAsync();
        var replies = new ReplyQueue($"case-replies.{Guid.NewGuid():n}");
        await channel.QueueDeclareAsync(replies.Queue, durable: false, exclusive: true, autoDelete: true);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            replies.Take(delivery.BasicProperties.CorrelationId, delivery.Body.Span);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(replies.Queue, autoAck: true, consumer);
        return replies;
    }

    public void Expect(PendingPublish pending) => waiting[pending.RequestId] = pending;

    public void Forget(PendingPublish pending) => waiting.TryRemove(pending.RequestId, out _);

    /// <summary>The connection is lost: no reply comes any more.</summary>
    public void Lose()
    {
        foreach (var pending in waiting.Values)
        {
            pending.LoseReply();
        }
    }

    private void Take(string? requestId, ReadOnlySpan<byte> body)
    {
        if (requestId is not null && waiting.TryGetValue(requestId, out var pending) && OutcomeJson.Read(body) is { } outcome and not CaseParked && outcome.CommandId == pending.Command.CommandId)
        {
            pending.Reply(outcome);
        }
    }
}
