using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Histories.Recording;

/// <summary>
/// A subscriber with a durable queue of its own, that writes down all it receives and looks at once whether an accepted outcome's event
/// can be seen. It comes back by itself after the broker was away.
/// </summary>
internal sealed class OutcomeRecorder : IAsyncDisposable
{
    private const string MarkType = "mark";
    private readonly Workspace workspace;
    private readonly string queue;
    private readonly Progress progress;
    private readonly CancellationTokenSource ended = new();
    private readonly Channel<(Delivered? Outcome, string? Mark)> arrived = Channel.CreateUnbounded<(Delivered?, string?)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<Delivered> deliveries = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> marks = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task running;

    private OutcomeRecorder(Workspace workspace, string name, Progress progress)
    {
        this.workspace = workspace;
        this.progress = progress;
        queue = $"subscriber-{name}";
        Name = name;
        running = Task.WhenAll(StayConnectedAsync(), LookAsync());
    }

    public string Name { get; }

    /// <summary>Returns when its queue is bound: from now on it misses nothing.</summary>
    public static async Task<OutcomeRecorder> OpenAsync(Workspace workspace, string name, Progress progress)
    {
        var recorder = new OutcomeRecorder(workspace, name, progress);
        await recorder.subscribed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        return recorder;
    }

    /// <summary>Returns when all that was published until now is received and looked at: a mark in its queue comes behind it.</summary>
    public async Task CatchUpAsync(CancellationToken limit)
    {
        var mark = Guid.NewGuid().ToString();
        var passed = marks[mark] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Retry.RunAsync(
            async () =>
            {
                await using var connection = await ConnectAsync();
                await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
                await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties { Type = MarkType, MessageId = mark, DeliveryMode = DeliveryModes.Persistent }, ReadOnlyMemory<byte>.Empty);
                return true;
            },
            limit);
        await passed.Task.WaitAsync(limit);
    }

    /// <summary>All that it received; to be called when nobody publishes outcomes any more.</summary>
    public async Task<Subscriber> CompleteAsync(CancellationToken limit)
    {
        await CatchUpAsync(limit);
        await EndAsync();
        return new Subscriber(Name, deliveries);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        ended.Dispose();
    }

    private async Task EndAsync()
    {
        arrived.Writer.TryComplete();
        await ended.CancelAsync();
        await running;
    }

    private Task<IConnection> ConnectAsync() => BrokerConnection.OpenAsync(workspace.Broker);

    private async Task StayConnectedAsync()
    {
        try
        {
            while (!ended.IsCancellationRequested)
            {
                var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var connection = await Retry.RunAsync(() => SubscribeAsync(lost), ended.Token);
                try
                {
                    subscribed.TrySetResult();
                    await lost.Task.WaitAsync(ended.Token);
                }
                finally
                {
                    await BrokerConnection.EndAsync(connection);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for outcomes any more.
        }
    }

    private async Task<IConnection> SubscribeAsync(TaskCompletionSource lost)
    {
        var connection = await ConnectAsync();
        try
        {
            connection.ConnectionShutdownAsync += (_, _) =>
            {
                lost.TrySetResult();
                return Task.CompletedTask;
            };
            var channel = await connection.CreateChannelAsync();
            await channel.ExchangeDeclareAsync(CaseTopology.OutcomeExchange, ExchangeType.Fanout, durable: true);
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
            await channel.QueueBindAsync(queue, CaseTopology.OutcomeExchange, "");
            await channel.BasicQosAsync(0, 500, global: false);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += async (_, message) =>
            {
                Take(message);
                await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
            };
            await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
            return connection;
        }
        catch
        {
            await BrokerConnection.EndAsync(connection);
            throw;
        }
    }

    private void Take(BasicDeliverEventArgs message) => arrived.Writer.TryWrite(message.BasicProperties.Type is MarkType
        ? (null, message.BasicProperties.MessageId)
        : (new Delivered(JsonNode.Parse(message.Body.Span)!.AsObject()), null));

    private async Task LookAsync()
    {
        while (await arrived.Reader.WaitToReadAsync())
        {
            var batch = new List<Delivered>();
            var passed = new List<TaskCompletionSource>();
            while (batch.Count < 200 && arrived.Reader.TryRead(out var next))
            {
                if (next.Outcome is { } outcome)
                {
                    batch.Add(outcome);
                }
                else if (marks.TryGetValue(next.Mark!, out var mark))
                {
                    passed.Add(mark);
                }
            }

            await LookAsync(batch);
            passed.ForEach(mark => mark.TrySetResult());
        }
    }

    /// <summary>Asks for the events of what has just arrived, in one statement for all of it.</summary>
    private async Task LookAsync(List<Delivered> batch)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var found = await Retry.RunAsync(() => FindAsync([.. batch.Select(delivered => delivered.CommandId)]), limit.Token);
        deliveries.AddRange(batch.Select(delivered => delivered with { WasVisible = found.Contains(delivered.CommandId) }));
        progress.Received(batch);
    }

    private async Task<HashSet<Guid>> FindAsync(Guid[] ids)
    {
        await using var command = workspace.Database.CreateCommand("SELECT command_id FROM case_events WHERE command_id = ANY ($1)");
        command.Parameters.AddWithValue(ids);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new HashSet<Guid>();
        while (await reader.ReadAsync())
        {
            found.Add(reader.GetGuid(0));
        }

        return found;
    }
}
