using System.Net.Sockets;
using RabbitMQ.Client;

namespace CaseWorker.Intake;

/// <summary>
/// A TCP client that does not wait for a dead broker for ever, where RabbitMQ.Client 7 would.
/// <list type="bullet">
/// <item>Writes to a broker that is gone are dropped. There a failing write ends the loop that empties a queue of 128 frames; when that is
/// full, acknowledgements and publishes block, they hold what the shutdown waits for, and the connection is never given up (issue 1930
/// there, fixed in none of the versions MassTransit 8 can use). The read side notices the death by itself.</item>
/// <item>A broker that takes a connection and says nothing is given up: there the wait for its first word has no limit.</item>
/// </list>
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
        private bool hasSpoken;
        private bool isLost;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (hasSpoken)
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }

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

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (isLost)
            {
                return;
            }

            try
            {
                await base.WriteAsync(buffer, cancellationToken).AsTask().WaitAsync(WriteLimit, cancellationToken);
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or TimeoutException)
            {
                isLost = true;
                Socket.Dispose();
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
