using CaseWorker.Contracts;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// Declares the outcomes' exchanges once a connection, before anything is consumed on it: so they are there again when the broker comes
/// back empty.
/// </summary>
internal static class OutcomeTopology
{
    /// <summary>The exchanges of one kind of outcome each, all bound to <see cref="CaseTopology.OutcomeExchange"/>.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        CaseTopology.AcceptedExchange, CaseTopology.ConflictedExchange, CaseTopology.RejectedExchange, CaseTopology.ParkedExchange,
    ];

    public static Task DeclareAsync(ChannelContext channel) =>
        channel.ConnectionContext.OneTimeSetup<Declared>(() => DeclareAsync(channel.Channel));

    public static async Task DeclareAsync(IChannel channel)
    {
        await channel.ExchangeDeclareAsync(CaseTopology.OutcomeExchange, ExchangeType.Fanout, durable: true, autoDelete: false);
        foreach (var kind in Kinds)
        {
            await channel.ExchangeDeclareAsync(kind, ExchangeType.Fanout, durable: true, autoDelete: false);
            await channel.ExchangeBindAsync(CaseTopology.OutcomeExchange, kind, routingKey: "");
        }
    }

    private interface Declared;
}
