using System.Collections.Concurrent;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Sending;

/// <summary>The queue that a connection's answers come to, and who waits for them. The broker removes it with the connection.</summary>
internal sealed class Answers
{
    private readonly ConcurrentDictionary<string, Outgoing> waiting = new(StringComparer.Ordinal);

    private Answers(string queue) => Queue = queue;

    public string Queue { get; }

    public static async Task<Answers> OpenAsync(IConnection connection)
    {
        var channel = await connection.CreateChannelAsync();
        var answers = new Answers($"case-replies.{Guid.NewGuid():n}");
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

    public void Expect(Outgoing outgoing) => waiting[outgoing.QuestionId] = outgoing;

    public void Forget(Outgoing outgoing) => waiting.TryRemove(outgoing.QuestionId, out _);

    /// <summary>The connection is lost: no answer comes any more.</summary>
    public void Lose()
    {
        foreach (var outgoing in waiting.Values)
        {
            outgoing.LoseAnswer();
        }
    }

    private void Take(string? questionId, ReadOnlySpan<byte> body)
    {
        if (questionId is not null && waiting.TryGetValue(questionId, out var outgoing) && OutcomeJson.Read(body) is { } outcome and not CaseParked && outcome.CommandId == outgoing.Command.CommandId)
        {
            outgoing.Answer(outcome);
        }
    }
}
