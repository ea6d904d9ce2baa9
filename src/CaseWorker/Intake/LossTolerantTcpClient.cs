using System.Net.Sockets;
using RabbitMQ.Client;

namespace CaseWorker.Intake;

/// <summary>
/// A TCP client whose writes to a dead broker are dropped. In RabbitMQ.Client 7 a failing write ends the loop that empties its queue of
/// 128 frames; when that is full, acknowledgements and publishes block, they hold what the shutdown waits for, and the connection is
/// never given up (issue 1930 there, fixed in none of the versions MassTransit 8 can use). The read side notices the death by itself.
/// </summary>
internal sealed class LossTolerantTcpClient(Socket socket) : TcpClientAdapter(socket)
{
    /// <summary>A peer that takes nothing for so long is as good as dead; two missed heartbeats would say so too.</summary>
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(20);

    public static ITcpClient Create(AddressFamily family) =>
        new LossTolerantTcpClient(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 65_536, SendBufferSize = 65_536 });

    public override NetworkStream GetStream() => new LossTolerantStream(Client);

    private sealed class LossTolerantStream(Socket socket) : NetworkStream(socket)
    {
        private bool lost;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (lost)
            {
                return;
            }

            try
            {
                await base.WriteAsync(buffer, cancellationToken).AsTask().WaitAsync(WriteLimit, cancellationToken);
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or TimeoutException)
            {
                lost = true;
                Socket.Dispose();
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
