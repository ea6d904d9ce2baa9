using System.Collections.Concurrent;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Sending;

/// <summary>The queue that a connection's answers come to, and who waits for them. The broker removes it with the connection.</summary>
internal sealed class ReplyQueue
{
    private readonly ConcurrentDictionary<string, PendingPublish> waiting = new(StringComparer.Ordinal);

    private ReplyQueue(string queue) => Queue = queue;

    public string Queue { get; }

    public static async Task<ReplyQueue> OpenAsync(IConnection connection)
    {
        var channel = await connection.CreateChannelAsync();
        var answers = new ReplyQueue($"case-replies.{Guid.NewGuid():n}");
        await channel.QueueDeclareAsync(answers.Queue, durable: false, exclusive: true, autoDelete: true);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            answers.Take(delivery.BasicProperties.CorrelationId, delivery.Body.Span);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(answers.Queue, autoAck: true, consumer);
        return answers;
    }

    public void Expect(PendingPublish pending) => waiting[pending.RequestId] = pending;

    public void Forget(PendingPublish pending) => waiting.TryRemove(pending.RequestId, out _);

    /// <summary>The connection is lost: no answer comes any more.</summary>
    public void Lose()
    {
        foreach (var pending in waiting.Values)
        {
            pending.LoseAnswer();
        }
    }

    private void Take(string? requestId, ReadOnlySpan<byte> body)
    {
        if (requestId is not null && waiting.TryGetValue(requestId, out var pending) && OutcomeJson.Read(body) is { } outcome and not CaseParked && outcome.CommandId == pending.Command.CommandId)
        {
            pending.Answer(outcome);
        }
    }
}
