using CaseWorker.Configuration;
using CaseWorker.Contracts;

namespace CaseWorker.RabbitMq;

/// <summary>What the queues are declared with. The broker refuses to declare a queue again with other arguments.</summary>
internal static class QueueArguments
{
    /// <summary>Of a slot's queue.</summary>
    public static IReadOnlyDictionary<string, object> OfSlot(CaseWorkerOptions options) => new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-single-active-consumer"] = true,
        ["x-delivery-limit"] = options.DeliveryLimit,
        ["x-dead-letter-exchange"] = CaseTopology.UndeliverableQueue,

        // At-least-once: the broker keeps what it gives up until the other queue has it. That needs this overflow rule.
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    /// <summary>Of the queues where the broker sets messages aside.</summary>
    public static IReadOnlyDictionary<string, object> OfQuarantine { get; } = new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",

        // Nothing comes after these queues: a newer broker's default limit would drop what it gives up here.
        ["x-delivery-limit"] = 1_000_000,
    };

    /// <summary>Of the exchange that takes commands.</summary>
    public static IReadOnlyDictionary<string, object> OfCommandExchange { get; } = new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["alternate-exchange"] = CaseTopology.UnroutedQueue,
    };
}
