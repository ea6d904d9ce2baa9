using System.Collections;
using System.Globalization;
using System.Text;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Persistence;

namespace CaseWorker.RabbitMq;

/// <summary>Why the broker set a message aside instead of delivering it from the queue of its slot.</summary>
/// <param name="Kind">The kind of its dead letter if it cannot be read as a command: one of <see cref="DeadLetterKinds"/>.</param>
/// <param name="Reason">A word for programs.</param>
/// <param name="Sentence">A sentence for people, about the message.</param>
/// <param name="Slot">The slot that it was published to: its case must not go on without it. Null if it was published to no slot.</param>
internal sealed record GivenUp(string Kind, string Reason, string Sentence, int? Slot)
{
    /// <summary>Reads the reason from the message.</summary>
    /// <param name="kind">By the queue that it came from: unrouted or undeliverable.</param>
    /// <param name="message">The message.</param>
    /// <param name="options">How many slots there are.</param>
    public static GivenUp Of(string kind, AmqpMessage message, CaseWorkerOptions options) =>
        kind is DeadLetterKinds.Unrouted ? OfUnrouted(message, message.Exchange is CaseTopology.CommandExchange ? SlotOf(message, options) : null) : OfUndeliverable(message, SlotOf(message, options));

    private static GivenUp OfUnrouted(AmqpMessage message, int? slot) => new(
        DeadLetterKinds.Unrouted,
        "unroutable",
        slot is { } missing
            ? $"It was published while {CaseTopology.QueueOf(missing)} did not exist or was not bound."
            : $"Published to \"{message.Exchange}\" with routing key \"{message.RoutingKey}\", which is no slot.",
        slot);

    /// <summary>The broker writes its reason into the header x-death, the latest first.</summary>
    private static GivenUp OfUndeliverable(AmqpMessage message, int? slot)
    {
        if (message.Properties.Headers?.TryGetValue("x-death", out var deaths) != true
            || deaths is not IList { Count: > 0 } list || list[0] is not IDictionary<string, object?> death)
        {
            return new(DeadLetterKinds.Undeliverable, "no-x-death", $"It was published to {CaseTopology.UndeliverableQueue} itself.", Slot: null);
        }

        var queue = CleanText.Of(TextOf(death, "queue"), 255);
        var (reason, sentence) = TextOf(death, "reason") switch
        {
            "delivery_limit" => ("delivery-limit", $"The broker delivered it from {queue} up to the delivery limit without an acknowledgement and gave up."),
            "expired" => ("expired", $"It expired in {queue} before a worker acknowledged it: its property expiration, or the message TTL of a policy, was too short."),
            "rejected" => ("rejected", $"A consumer of {queue} rejected it. CaseWorker never does: another program consumes from that queue."),
            "maxlen" => ("maxlen", $"{queue} was full: a policy limits its length."),
            var other => (CleanText.Of(other, 100), $"The broker gave it up in {queue}; its reason is \"{CleanText.Of(other, 100)}\"."),
        };
        return new(DeadLetterKinds.Undeliverable, reason, sentence, slot);
    }

    private static int? SlotOf(AmqpMessage message, CaseWorkerOptions options) =>
        int.TryParse(message.RoutingKey, NumberStyles.None, CultureInfo.InvariantCulture, out var slot)
        && slot < options.Slots
        && string.Equals(message.RoutingKey, CaseTopology.RoutingKeyOf(slot), StringComparison.Ordinal)
            ? slot
            : null;

    private static string TextOf(IDictionary<string, object?> table, string name) =>
        table.TryGetValue(name, out var value) ? value as string ?? (value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "") : "";
}
