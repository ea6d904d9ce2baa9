namespace CaseWorker.RabbitMq;

/// <summary>One message, as it waits for its batch: its bytes, and the channel that acknowledges it.</summary>
/// <param name="Message">What the broker delivered.</param>
/// <param name="Channel">The channel that it came on.</param>
/// <param name="ReceivedAt">A timestamp of the worker's <see cref="TimeProvider"/>.</param>
internal sealed record Delivery(AmqpMessage Message, SlotChannel Channel, long ReceivedAt)
{
    /// <summary>Why it came from a queue where the broker sets messages aside; null if it came from its slot's queue.</summary>
    public GivenUp? GivenUp { get; init; }

    /// <summary>The delivery tag: 1, 2, 3 … on its channel.</summary>
    public ulong Tag => Message.Tag;

    /// <summary>Bytes of its body.</summary>
    public int Size => Message.Body.Length;
}
