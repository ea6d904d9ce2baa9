using System.Text.Json;
using System.Threading.Channels;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.UnitTests.Client;

/// <summary>A broker for the client's sender. It opens connections as the test says, and collects what is published on them.</summary>
internal sealed class FakeClientBroker : IBrokerConnectionFactory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<Published> published = Channel.CreateUnbounded<Published>();

    public string Name => "broker:5672, virtual host \"/\"";

    public TimeSpan AttemptLimit => TimeSpan.FromSeconds(5);

    /// <summary>What an attempt to connect gives; a new connection at once, unless the test changes it.</summary>
    public Func<Task<FakeConnection>> OnConnect { get; set; } = null!;

    public List<FakeConnection> Connections { get; } = [];

    public FakeClientBroker() => OnConnect = () => Task.FromResult(Open());

    public FakeConnection Open()
    {
        var connection = new FakeConnection(published.Writer);
        Connections.Add(connection);
        return connection;
    }

    public async Task<IConnection> ConnectAsync(string connectionName, CancellationToken cancellationToken = default)
    {
        return (await OnConnect()).Connection;
    }

    /// <summary>The next message that the client publishes.</summary>
    public Task<Published> NextAsync() => published.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>True if nothing was published that no test has taken.</summary>
    public bool IsQuiet => published.Reader.Count == 0;
}

/// <summary>A connection without a broker.</summary>
internal sealed class FakeConnection
{
    private readonly ChannelWriter<Published> published;
    private readonly List<AsyncEventHandler<ShutdownEventArgs>> onShutdown = [];
    private readonly TaskCompletionSource disposed = new();
    private IAsyncBasicConsumer? replies;
    private bool isOpen = true;

    public FakeConnection(ChannelWriter<Published> published)
    {
        this.published = published;
        Connection = Fake.Of<IConnection>(
            ("CreateChannelAsync", _ => Task.FromResult(OpenChannel())),
            ("add_ConnectionShutdownAsync", arguments => Fake.Keep(() => onShutdown.Add((AsyncEventHandler<ShutdownEventArgs>)arguments[0]!))),
            ("get_IsOpen", _ => isOpen),
            ("get_ServerProperties", _ => null),
            ("DisposeAsync", _ =>
            {
                disposed.TrySetResult();
                return new ValueTask(DisposeEnds ? Task.CompletedTask : new TaskCompletionSource().Task);
            }
        ));
    }

    public IConnection Connection { get; }

    /// <summary>Completes when the client has ended the connection.</summary>
    public Task Disposed => disposed.Task.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>False for a connection whose end RabbitMQ.Client never reports.</summary>
    public bool DisposeEnds { get; set; } = true;

    /// <summary>How the broker answers the question for a queue.</summary>
    public Func<string, Task<QueueDeclareOk>> OnQueueAsked { get; set; } = queue => Task.FromResult(new QueueDeclareOk(queue, 0, 0));

    public async Task LoseAsync(ushort replyCode = 320, string reason = "closed")
    {
        isOpen = false;
        foreach (var handler in onShutdown)
        {
            await handler(this, new ShutdownEventArgs(ShutdownInitiator.Peer, replyCode, reason));
        }
    }

    public Task ReplyAsync(Published request, CaseOutcome outcome) => replies!.HandleBasicDeliverAsync(
        "", 1, redelivered: false, "", request.Properties.ReplyTo!, new BasicProperties { CorrelationId = request.Properties.CorrelationId }, JsonSerializer.SerializeToUtf8Bytes<object>(outcome, JsonSerializerOptions.Web));

    private IChannel OpenChannel()
    {
        var channel = new FakeConfirmChannel();
        return Fake.Of<IChannel>(
            ("get_IsOpen", _ => true),
            ("get_IsClosed", _ => false),
            ("DisposeAsync", _ => ValueTask.CompletedTask),
            ("add_BasicAcksAsync", arguments => Fake.Keep(() => channel.Acks = (AsyncEventHandler<BasicAckEventArgs>)arguments[0]!)),
            ("add_BasicNacksAsync", arguments => Fake.Keep(() => channel.Nacks = (AsyncEventHandler<BasicNackEventArgs>)arguments[0]!)),
            ("add_BasicReturnAsync", arguments => Fake.Keep(() => channel.Returns = (AsyncEventHandler<BasicReturnEventArgs>)arguments[0]!)),
            ("add_ChannelShutdownAsync", _ => null),
            ("QueueDeclarePassiveAsync", arguments => OnQueueAsked((string)arguments[0]!)),
            ("QueueDeclareAsync", arguments => Task.FromResult(new QueueDeclareOk((string)arguments[0]!, 0, 0))),
            ("BasicConsumeAsync", arguments => Fake.Keep(() => replies = arguments.OfType<IAsyncBasicConsumer>().Single()) ?? Task.FromResult("tag")),
            ("BasicPublishAsync", arguments => Fake.Keep(() => published.TryWrite(new Published(
                channel, ++channel.Count, (string)arguments[1]!, (BasicProperties)arguments[3]!, ((ReadOnlyMemory<byte>)arguments[4]!).ToArray()))) ?? ValueTask.CompletedTask));
    }
}

/// <summary>The broker's side of a channel with confirms.</summary>
internal sealed class FakeConfirmChannel
{
    public AsyncEventHandler<BasicAckEventArgs> Acks { get; set; } = null!;

    public AsyncEventHandler<BasicNackEventArgs> Nacks { get; set; } = null!;

    public AsyncEventHandler<BasicReturnEventArgs> Returns { get; set; } = null!;

    public ulong Count { get; set; }
}

/// <summary>A message that the client has published.</summary>
internal sealed record Published(FakeConfirmChannel Channel, ulong Number, string RoutingKey, BasicProperties Properties, byte[] Body)
{
    public Guid CommandId => Guid.Parse(Properties.MessageId!);

    public Task AckAsync(bool multiple = false) => Channel.Acks(this, new BasicAckEventArgs(Number, multiple));

    public Task NackAsync() => Channel.Nacks(this, new BasicNackEventArgs(Number, multiple: false, requeue: false));

    public Task ReturnAsync() => Channel.Returns(this, new BasicReturnEventArgs(312, "NO_ROUTE", CaseTopology.CommandExchange, RoutingKey, Properties, Body));
}
