using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.TestSupport;

/// <summary>A plain AMQP subscriber to every outcome. Its queue is durable: it misses nothing while it or the broker is away.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private const string Queue = "test-inbox";
    private readonly Workspace workspace;
    private readonly Lock gate = new();
    private readonly List<Received> received = [];
    private readonly List<(Func<IReadOnlyList<Received>, bool> IsMet, TaskCompletionSource Met)> waiting = [];
    private IConnection? connection;

    private Inbox(Workspace workspace) => this.workspace = workspace;

    public IReadOnlyList<Received> All
    {
        get
        {
            lock (gate)
            {
                return [.. received];
            }
        }
    }

    public static async Task<Inbox> OpenAsync(Workspace workspace)
    {
        var inbox = new Inbox(workspace);
        await inbox.ConnectAsync();
        return inbox;
    }

    /// <summary>Also used to come back after the broker was killed.</summary>
    public async Task ConnectAsync()
    {
        if (connection is not null)
        {
            await BrokerConnection.EndAsync(connection);
        }

        connection = await BrokerConnection.OpenAsync(workspace.Broker);
        var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(CaseTopology.OutcomeExchange, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(Queue, CaseTopology.OutcomeExchange, "");
        await channel.BasicQosAsync(0, 500, global: false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            Take(new Received(JsonNode.Parse(message.Body.Span)!.AsObject(), message.Exchange, new BasicProperties(message.BasicProperties)));
            await channel.BasicAckAsync(message.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer);
    }

    /// <summary>Waits for a state of everything received; the limit is for a broken product, not for its speed.</summary>
    public async Task WaitAsync(Func<IReadOnlyList<Received>, bool> isMet, string what, int seconds = 120)
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (isMet(received))
            {
                return;
            }

            waiting.Add((isMet, met));
        }

        try
        {
            await met.Task.WaitAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (TimeoutException error)
        {
            var all = All;
            throw new TimeoutException($"Waited {seconds} s for {what}; received {all.Count} outcomes, the last: {(all.Count > 0 ? all[^1].Body.ToJsonString() : "none")}", error);
        }
    }

    /// <summary>The first outcome of a command.</summary>
    public async Task<Received> OfAsync(JsonObject command, int seconds = 60)
    {
        var id = CommandJson.IdOf(command);
        await WaitAsync(all => all.Any(received => received.CommandId == id), $"the outcome of {command.ToJsonString()}", seconds);
        return All.First(received => received.CommandId == id);
    }

    /// <summary>Waits until each of these commands has at least one outcome.</summary>
    public async Task ForAllAsync(IReadOnlyCollection<Guid> ids, int seconds = 240)
    {
        var missing = new HashSet<Guid>(ids);
        var seen = 0;
        await WaitAsync(
            all =>
            {
                for (; seen < all.Count; seen++)
                {
                    missing.Remove(all[seen].CommandId);
                }

                return missing.Count == 0;
            },
            $"the outcomes of {ids.Count} commands",
            seconds);
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await BrokerConnection.EndAsync(connection);
        }
    }

    private void Take(Received outcome)
    {
        lock (gate)
        {
            received.Add(outcome);
            foreach (var (isMet, met) in waiting.ToList())
            {
                if (isMet(received))
                {
                    met.TrySetResult();
                    waiting.Remove((isMet, met));
                }
            }
        }
    }
}

/// <summary>An outcome as it came over the wire.</summary>
internal sealed record Received(JsonObject Body, string Exchange, BasicProperties Properties)
{
    public Guid CommandId { get; } = Guid.Parse(Body["commandId"]!.GetValue<string>());

    public string Outcome => Body["outcome"]!.GetValue<string>();

    public string OutcomeId => Body["outcomeId"]!.GetValue<string>();

    public string? Reason => Body["reason"]?.GetValue<string>();

    public int Status => Body["status"]!.GetValue<int>();

    public long Number(string field) => Body[field]!.GetValue<long>();
}
