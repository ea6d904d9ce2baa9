using System.Net.Sockets;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>The TCP client that RabbitMQ.Client connects with. Its stream is a <see cref="BrokerStream"/>.</summary>
internal sealed class BrokerSocket(Socket socket, TimeProvider time) : TcpClientAdapter(socket)
{
    /// <summary>RabbitMQ.Client's socket factory.</summary>
    public static ITcpClient Create(AddressFamily family) => Create(family, TimeProvider.System);

    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="time">Measures how long the broker is silent.</param>
    public static BrokerSocket Create(AddressFamily family, TimeProvider time) =>
        new(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 65_536, SendBufferSize = 65_536 }, time);

    /// <inheritdoc/>
    public override NetworkStream GetStream() => new BrokerStream(Client, time);
}
