using System.Buffers;

namespace CaseWorker.RabbitMq;

/// <summary>Collects bytes while others are being sent. One sender at a time takes all that has come.</summary>
internal sealed class WriteBuffer
{
    /// <summary>Bytes after which a writer has to wait: some hundred outcomes.</summary>
    public const int Limit = 128 * 1024;

    private readonly Lock gate = new();
    private ArrayBufferWriter<byte> waiting = new();
    private ArrayBufferWriter<byte> leaving = new();
    private bool hasSender;
    private bool isClosed;

    /// <summary>Adds bytes; drops them when the buffer is closed.</summary>
    /// <param name="bytes">They are copied.</param>
    /// <param name="isFull">Whether the writer must wait for the sender before it writes more.</param>
    /// <returns>True if nobody is sending: the caller must start a sender.</returns>
    public bool Add(ReadOnlySpan<byte> bytes, out bool isFull)
    {
        lock (gate)
        {
            isFull = false;
            if (isClosed)
            {
                return false;
            }

            waiting.Write(bytes);
            isFull = waiting.WrittenCount >= Limit;
            var needsSender = !hasSender;
            hasSender = true;
            return needsSender;
        }
    }

    /// <summary>For the sender: everything that has been added since its last call. They stay valid until its next call.</summary>
    /// <returns>Null if there is nothing to send; the sender then ends.</returns>
    public ReadOnlyMemory<byte>? Take()
    {
        lock (gate)
        {
            hasSender = !isClosed && waiting.WrittenCount > 0;
            if (!hasSender)
            {
                return null;
            }

            // The space that one large message needed is not kept for the next small ones.
            (leaving, waiting) = (waiting, leaving.Capacity > 2 * Limit ? new() : leaving);
            waiting.ResetWrittenCount();
            return leaving.WrittenMemory;
        }
    }

    /// <summary>Drops what is added from now on.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }
    }
}
