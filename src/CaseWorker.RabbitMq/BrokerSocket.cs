using System.Buffers;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// A TCP client that does not wait for a dead broker for ever, where RabbitMQ.Client 7 would, and does not call the system for each frame.
/// <list type="bullet">
/// <item>Writes to a broker that is gone are dropped. There a failing write ends the loop that empties a queue of 128 frames; when that is
/// full, acknowledgements and publishes block, and they hold what the shutdown waits for (issue 1930 there). The read side notices the
/// death by itself.</item>
/// <item>A broker that takes a connection and says nothing is given up: there the wait for its first word has no limit.</item>
/// <item>What is written while its thread is busy goes out together. There each message is a call of its own, and wakes the broker.</item>
/// </list>
/// Measured on 2026-12-01 with RabbitMQ.Client 7.2.2, a publisher at full rate: a connection that is reset is reported lost after 40 s
/// without this class and 1 s with it; one whose peer takes nothing and says nothing, not within 90 s and after 23 s; a peer that takes the
/// connection and says nothing is still waited for after 180 s, and given up after 11 s.
/// </summary>
internal sealed class BrokerSocket(Socket socket) : TcpClientAdapter(socket)
{
    /// <summary>A peer that takes nothing for so long is as good as dead; two missed heartbeats would say so too.</summary>
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstWordLimit = TimeSpan.FromSeconds(10);

    public static ITcpClient Create(AddressFamily family) =>
        new BrokerSocket(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 65_536, SendBufferSize = 65_536 });

    public override NetworkStream GetStream() => new BrokerStream(Client);

    private sealed class BrokerStream(Socket socket) : NetworkStream(socket)
    {
        /// <summary>Bytes after which a writer has to wait: some hundred outcomes.</summary>
        private const int MostWaiting = 128 * 1024;

        private readonly Lock gate = new();
        private ArrayBufferWriter<byte> waiting = new();
        private ArrayBufferWriter<byte> leaving = new();
        private Task sending = Task.CompletedTask;
        private bool isSending;
        private bool isLost;
        private bool hasSpoken;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            hasSpoken ? base.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>Returns when it is sent, or as good as: what waits is bounded. Nobody is told of a loss; see above.</summary>
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            lock (gate)
            {
                if (isLost)
                {
                    return default;
                }

                waiting.Write(buffer.Span);
                if (!isSending)
                {
                    isSending = true;

                    // On this thread's own queue: it comes to that when its writer has nothing more to write.
                    sending = Task.Run(SendAsync, CancellationToken.None);
                }

                return waiting.WrittenCount < MostWaiting ? default : new ValueTask(sending);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        /// <summary>The last words, a goodbye among them, are sent first.</summary>
        public override async ValueTask DisposeAsync()
        {
            await sending;
            await base.DisposeAsync();
        }

        private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var reading = base.ReadAsync(buffer, cancellationToken).AsTask();
            await ((Task)reading).WaitAsync(FirstWordLimit, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!reading.IsCompleted)
            {
                Socket.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                throw new IOException($"It took the connection and said nothing for {FirstWordLimit.TotalSeconds:N0} s");
            }

            hasSpoken = true;
            return await reading;
        }

        private async Task SendAsync()
        {
            while (NextToSend() is { } bytes)
            {
                try
                {
                    await base.WriteAsync(bytes, CancellationToken.None).AsTask().WaitAsync(WriteLimit);
                }
                catch (Exception)
                {
                    // Whatever it was: a sender that ended here would leave a connection on which nothing goes out any more.
                    Lose();
                }
            }
        }

        /// <summary>Null when nothing waits; the next write then begins anew.</summary>
        private ReadOnlyMemory<byte>? NextToSend()
        {
            lock (gate)
            {
                isSending = !isLost && waiting.WrittenCount > 0;
                if (!isSending)
                {
                    return null;
                }

                // What one large message needed is not kept for the next small ones.
                (leaving, waiting) = (waiting, leaving.Capacity > 2 * MostWaiting ? new() : leaving);
                waiting.ResetWrittenCount();
                return leaving.WrittenMemory;
            }
        }

        private void Lose()
        {
            lock (gate)
            {
                isLost = true;
            }

            Socket.Dispose();
        }
    }
}
