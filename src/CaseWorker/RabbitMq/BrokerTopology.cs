using CaseWorker.Configuration;
using CaseWorker.Contracts;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.RabbitMq;

/// <summary>Declares exchanges, queues and bindings. What exists already stays as it is, so all of it can be declared again at any time.</summary>
internal static class BrokerTopology
{
    /// <summary>Queues where the broker sets messages aside; each has an exchange of its name.</summary>
    private static readonly IReadOnlyList<string> Quarantines = [CaseTopology.UnroutedQueue, CaseTopology.UndeliverableQueue];

    /// <summary>Declares everything.</summary>
    /// <exception cref="OperationInterruptedException">The broker refuses, for example because a queue exists with other arguments.</exception>
    public static async Task DeclareAsync(IChannel channel, CaseWorkerOptions options)
    {
        foreach (var declare in Steps(options, Enumerable.Range(0, options.Slots)))
        {
            await declare(channel);
        }
    }

    /// <summary>Asks for every exchange and queue without declaring any.</summary>
    /// <exception cref="OperationInterruptedException">One does not exist; the channel is closed.</exception>
    public static async Task LookAsync(IChannel channel, IEnumerable<int> slots, CancellationToken cancellationToken)
    {
        foreach (var exchange in OutcomeTopology.Kinds.Append(CaseTopology.OutcomeExchange).Append(CaseTopology.CommandExchange).Concat(Quarantines))
        {
            await channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken);
        }

        foreach (var queue in slots.Select(CaseTopology.QueueOf).Concat(Quarantines))
        {
            await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
    }

    /// <summary>
    /// Declares what all slots share, once a connection, before anything is consumed on it: so it is there again when the broker comes back empty.
    /// </summary>
    public static Task DeclareSharedAsync(ChannelContext channel, CaseWorkerOptions options) => channel.ConnectionContext.OneTimeSetup<Declared>(async () =>
    {
        foreach (var declare in Steps(options, []))
        {
            await declare(channel.Channel);
        }
    });

    /// <summary>The parts of it that are independent of each other, in their order.</summary>
    public static IEnumerable<Func<IChannel, Task>> Steps(CaseWorkerOptions options, IEnumerable<int> slots) =>
    [
        channel => DeclareQuarantineAsync(channel, CaseTopology.UnroutedQueue),
        channel => DeclareQuarantineAsync(channel, CaseTopology.UndeliverableQueue),
        DeclareCommandExchangeAsync,
        OutcomeTopology.DeclareAsync,
        .. slots.Select(slot => (Func<IChannel, Task>)(channel => DeclareSlotAsync(channel, slot, options))),
    ];

    /// <summary>
    /// The queue is bound to the exchange itself. Without a queue the message goes to the alternate exchange; behind an exchange of its own, which is what
    /// MassTransit makes and version 0.1 used, it would be gone.
    /// </summary>
    public static async Task DeclareSlotAsync(IChannel channel, int slot, CaseWorkerOptions options)
    {
        var (queue, key) = (CaseTopology.QueueOf(slot), CaseTopology.RoutingKeyOf(slot));
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Arguments(QueueArguments.OfSlot(options)));
        await channel.QueueBindAsync(queue, CaseTopology.CommandExchange, key);
        await channel.ExchangeUnbindAsync(queue, CaseTopology.CommandExchange, key);
    }

    /// <summary>Declares a queue where the broker sets messages aside, and the exchange that leads to it.</summary>
    private static async Task DeclareQuarantineAsync(IChannel channel, string queue)
    {
        await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, autoDelete: false);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Arguments(QueueArguments.OfQuarantine));
        await channel.QueueBindAsync(queue, queue, routingKey: "");
    }

    private static Task DeclareCommandExchangeAsync(IChannel channel) =>
        channel.ExchangeDeclareAsync(CaseTopology.CommandExchange, ExchangeType.Direct, durable: true, autoDelete: false, Arguments(QueueArguments.OfCommandExchange));

    private static Dictionary<string, object?> Arguments(IReadOnlyDictionary<string, object> arguments) =>
        arguments.ToDictionary(argument => argument.Key, argument => (object?)argument.Value, StringComparer.Ordinal);

    private interface Declared;
}
