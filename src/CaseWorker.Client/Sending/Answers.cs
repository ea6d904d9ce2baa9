using System.Collections.Concurrent;
using System.Text.Json;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Sending;

/// <summary>The queue that a connection's answers come to, and who waits for them. The broker removes it with the connection.</summary>
internal sealed class Answers
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

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
        if (questionId is not null && waiting.TryGetValue(questionId, out var outgoing) && Read(body) is { } outcome && outcome.CommandId == outgoing.Command.CommandId)
        {
            outgoing.Answer(outcome);
        }
    }

    /// <summary>Null for what is no final outcome, such as the notice that a case is parked.</summary>
    private static CaseOutcome? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(body);
            return json.GetProperty("outcome").GetString() switch
            {
                "accepted" => json.Deserialize<CaseAccepted>(Json),
                "conflicted" => json.Deserialize<CaseConflicted>(Json),
                "rejected" => json.Deserialize<CaseRejected>(Json),
                _ => null,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Whoever knows the queue's name can write to it.
            return null;
        }
    }
}
