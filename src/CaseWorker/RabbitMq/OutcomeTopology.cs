using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>Declares the outcomes' exchanges.</summary>
internal static class OutcomeTopology
{
    /// <summary>The exchanges of one kind of outcome each, all bound to <see cref="CaseTopology.OutcomeExchange"/>.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        CaseTopology.AcceptedExchange, CaseTopology.ConflictedExchange, CaseTopology.RejectedExchange, CaseTopology.ParkedExchange,
    ];

    public static async Task DeclareAsync(IChannel channel)
    {
        await channel.ExchangeDeclareAsync(CaseTopology.OutcomeExchange, ExchangeType.Fanout, durable: true, autoDelete: false);
        foreach (var kind in Kinds)
        {
            await channel.ExchangeDeclareAsync(kind, ExchangeType.Fanout, durable: true, autoDelete: false);
            await channel.ExchangeBindAsync(CaseTopology.OutcomeExchange, kind, routingKey: "");
        }
    }
}
