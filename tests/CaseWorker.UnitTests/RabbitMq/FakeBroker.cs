using System.Reflection;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.RabbitMq;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.UnitTests.RabbitMq;

/// <summary>One channel without a broker, and the deliveries on it.</summary>
internal sealed class FakeBroker
{
    private readonly SortedSet<ulong> unacknowledged = [];
    private readonly List<AsyncEventHandler<ShutdownEventArgs>> onShutdown = [];
    private readonly TaskCompletionSource closeRequested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeBroker()
    {
        Channel = Fake.Of<IChannel>(
            ("get_IsOpen", _ => IsOpen),
            ("get_IsClosed", _ => !IsOpen),
            ("add_ChannelShutdownAsync", arguments =>
            {
                onShutdown.Add((AsyncEventHandler<ShutdownEventArgs>)arguments[0]!);
                return null;
            }
        ),
            ("CloseAsync", _ =>
            {
                CloseRequests++;
                closeRequested.TrySetResult();
                return Task.CompletedTask;
            }
        ));
        var connection = Fake.Of<IConnection>(("get_IsOpen", _ => IsConnected));
        var connectionContext = Fake.Of<ConnectionContext>(("get_Connection", _ => connection));
        Context = Fake.Of<ChannelContext>(
            ("get_Channel", _ => Channel),
            ("get_ConnectionContext", _ => connectionContext),
            ("get_CancellationToken", _ => CancellationToken.None),
            ("BasicAck", arguments =>
            {
                Acknowledged.Add((ulong)arguments[0]!);
                OnAcknowledge();
                OnAcknowledgement((ulong)arguments[0]!, (bool)arguments[1]!);
                lock (unacknowledged)
                {
                    unacknowledged.RemoveWhere(tag => tag == (ulong)arguments[0]! || ((bool)arguments[1]! && tag < (ulong)arguments[0]!));
                }

                return default(ValueTask);
            }
        ));
    }

    public bool IsOpen { get; set; } = true;

    /// <summary>The connection knows of its loss before its channels are told.</summary>
    public bool IsConnected { get; set; } = true;

    public int CloseRequests { get; private set; }

    public List<ulong> Acknowledged { get; } = [];

    /// <summary>Deliveries that a test has counted and that are not acknowledged.</summary>
    public IReadOnlyList<ulong> Unacknowledged
    {
        get
        {
            lock (unacknowledged)
            {
                return [.. unacknowledged];
            }
        }
    }

    /// <summary>Counts a delivery before it is made.</summary>
    public void Expect(ulong tag)
    {
        lock (unacknowledged)
        {
            unacknowledged.Add(tag);
        }
    }

    /// <summary>What sending an acknowledgement does.</summary>
    public Action OnAcknowledge { get; set; } = () => { };

    /// <summary>Gets each acknowledgement and whether it stands for all before it.</summary>
    public Action<ulong, bool> OnAcknowledgement { get; set; } = (_, _) => { };

    public ChannelContext Context { get; }

    private IChannel Channel { get; }

    /// <summary>Completes when the worker asks for the close.</summary>
    public Task ClosedAsync() => closeRequested.Task;

    /// <summary>The broker, the network or the worker closes the channel.</summary>
    public async Task ShutDownAsync()
    {
        IsOpen = false;
        foreach (var handler in onShutdown)
        {
            await handler(Channel, new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed"));
        }
    }

    public static Delivery Deliver(SlotChannel channel, ulong tag, BasicProperties? properties = null, byte[]? body = null)
    {
        var transport = Fake.Of<RabbitMqBasicConsumeContext>(
            ("get_DeliveryTag", _ => tag),
            ("get_Exchange", _ => CaseTopology.CommandExchange),
            ("get_RoutingKey", _ => "42"),
            ("get_Properties", _ => properties ?? new BasicProperties()));
        var content = Fake.Of<MessageBody>(("GetBytes", _ => body ?? "{}"u8.ToArray()));
        var context = Fake.Of<ReceiveContext>(("get_Redelivered", _ => false), ("get_Body", _ => content));
        return new Delivery(new AmqpMessage(context, transport), channel, ReceivedAt: 0);
    }
}

/// <summary>An interface of which only some members are used. The others are mistakes.</summary>
public class Fake : DispatchProxy
{
    private Dictionary<string, Func<object?[], object?>> members = new(StringComparer.Ordinal);

    public static T Of<T>(params (string Name, Func<object?[], object?> Answer)[] members)
        where T : class
    {
        var proxy = Create<T, Fake>();
        ((Fake)(object)proxy).members = members.ToDictionary(member => member.Name, member => member.Answer, StringComparer.Ordinal);
        return proxy;
    }

    /// <summary>The answer of a member that returns nothing.</summary>
    public static object? Keep(Action keep)
    {
        keep();
        return null;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => members.TryGetValue(targetMethod!.Name, out var member)
        ? member(args ?? [])
        : throw new NotSupportedException($"{targetMethod.DeclaringType}.{targetMethod.Name} is not expected here.");
}
