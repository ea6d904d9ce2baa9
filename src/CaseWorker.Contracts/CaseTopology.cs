using System.Globalization;

namespace CaseWorker.Contracts;

/// <summary>The broker's side of the wire contract: exchanges, queues and the slot of a case.</summary>
public static class CaseTopology
{
    /// <summary>How many slots the case references are divided into. Part of the wire contract: never changed in place.</summary>
    public const int SlotCount = 64;

    /// <summary>Direct exchange that takes commands; the routing key is the slot in decimal.</summary>
    public const string CommandExchange = "case-commands";

    /// <summary>Alternate exchange and queue of <see cref="CommandExchange"/>: what was published with a wrong routing key.</summary>
    public const string UnroutedQueue = "case-commands.unrouted";

    /// <summary>Dead-dead letter exchange and queue of the slot queues: what the broker gave up delivering.</summary>
    public const string UndeliverableQueue = "case-commands.undeliverable";

    /// <summary>Fanout exchange that gets every outcome.</summary>
    public const string OutcomeExchange = "case-outcomes";

    /// <summary>Fanout exchange of <see cref="CaseAccepted"/>.</summary>
    public const string AcceptedExchange = "case-outcomes.accepted";

    /// <summary>Fanout exchange of <see cref="CaseConflicted"/>.</summary>
    public const string ConflictedExchange = "case-outcomes.conflicted";

    /// <summary>Fanout exchange of <see cref="CaseRejected"/>.</summary>
    public const string RejectedExchange = "case-outcomes.rejected";

    /// <summary>Fanout exchange of the notice that a case is parked.</summary>
    public const string ParkedExchange = "case-outcomes.parked";

    /// <summary>The slot of a case: <c>caseReference mod slots</c>.</summary>
    /// <param name="caseReference">A positive case reference.</param>
    /// <param name="slots">The number of slots, <see cref="SlotCount"/> in production.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference or the number of slots is not positive.</exception>
    public static int SlotOf(long caseReference, int slots = SlotCount)
    {
        Guard.Positive(caseReference, nameof(caseReference));
        Guard.Positive(slots, nameof(slots));
        return (int)(caseReference % slots);
    }

    /// <summary>The routing key of a slot: its number in decimal, without leading zeros.</summary>
    public static string RoutingKeyOf(int slot) => slot.ToString(CultureInfo.InvariantCulture);

    /// <summary>The queue of a slot: <c>case-commands.00</c> to <c>case-commands.63</c>.</summary>
    public static string QueueOf(int slot) => $"{CommandExchange}.{slot.ToString("00", CultureInfo.InvariantCulture)}";
}
