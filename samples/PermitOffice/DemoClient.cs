using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace PermitOffice;

/// <summary>What every system in the office uses: it publishes a command and waits for its outcome.</summary>
internal sealed class DemoClient : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly ConcurrentDictionary<Guid, Question> open = new();
    private readonly SemaphoreSlim publishing = new(1, 1);
    private readonly IChannel channel;
    private readonly DemoTally tally;
    private readonly int slots;
    private DemoOutcomes? outcomes;

    private DemoClient(IChannel channel, DemoTally tally, int slots) => (this.channel, this.tally, this.slots) = (channel, tally, slots);

    /// <summary>Completes with the reason when the broker is gone.</summary>
    public Task<string> Lost => outcomes!.Lost;

    public static async Task<DemoClient> OpenAsync(IConnection connection, DemoTally tally, int slots, CancellationToken cancellationToken)
    {
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);
        var client = new DemoClient(await connection.CreateChannelAsync(options, cancellationToken), tally, slots);
        client.outcomes = await DemoOutcomes.OpenAsync(connection, client.Take, cancellationToken);
        return client;
    }

    /// <summary>Publishes the very same message one or more times and gives back its outcome once every one is answered.</summary>
    public async Task<CaseOutcome> AskAsync(CaseCommand command, int times = 1)
    {
        var question = new Question(times);
        open[command.CommandId] = question;
        tally.Sent(command.CommandId, times);
        var body = JsonSerializer.SerializeToUtf8Bytes(command, Json);
        for (var i = 0; i < times; i++)
        {
            await PublishAsync(command.CommandId.ToString(), command.CaseReference, body);
        }

        return await question.Answer.Task;
    }

    /// <summary>Publishes bytes that may be anything.</summary>
    public async Task PublishAsync(string messageId, long reference, byte[] body)
    {
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent, MessageId = messageId };
        var key = CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(reference, slots));
        Task confirm;
        await publishing.WaitAsync();
        try
        {
            confirm = channel.BasicPublishAsync(CaseTopology.CommandExchange, key, mandatory: true, properties, body).AsTask();
        }
        finally
        {
            publishing.Release();
        }

        await confirm.WaitAsync(BrokerAdmin.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await outcomes!.DisposeAsync();
        await channel.DisposeAsync();
        publishing.Dispose();
    }

    private void Take(ReadOnlyMemory<byte> body)
    {
        if (Read(body) is not { } outcome || !open.TryGetValue(outcome.CommandId, out var question))
        {
            return;
        }

        // What comes beyond the last is a redelivery: the office has dropped the question by then.
        if (question.CountDown() == 0)
        {
            open.TryRemove(outcome.CommandId, out _);
        }

        tally.Answered(outcome, Stopwatch.GetElapsedTime(question.AskedAt));
        question.AnswerWith(outcome);
    }

    /// <summary>A final outcome; null for a notice.</summary>
    private static CaseOutcome? Read(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("outcome").GetString() switch
        {
            "accepted" => json.Deserialize<CaseAccepted>(Json),
            "conflicted" => json.Deserialize<CaseConflicted>(Json),
            "rejected" => json.Deserialize<CaseRejected>(Json),
            _ => null,
        };
    }

    private sealed class Question(int times)
    {
        private int left = times;

        public long AskedAt { get; } = Stopwatch.GetTimestamp();

        public TaskCompletionSource<CaseOutcome> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int CountDown() => --left;

        public void AnswerWith(CaseOutcome outcome)
        {
            if (left == 0)
            {
                Answer.TrySetResult(outcome);
            }
        }
    }
}
