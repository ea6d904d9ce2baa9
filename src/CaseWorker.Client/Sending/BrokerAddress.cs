using CaseWorker.Intake;
using RabbitMQ.Client;

namespace CaseWorker.Client.Sending;

/// <summary>Where the broker is, and how it is connected to.</summary>
internal static class BrokerAddress
{
    /// <exception cref="ArgumentException">It is no AMQP address.</exception>
    public static ConnectionFactory FactoryFor(Uri broker)
    {
        var factory = new ConnectionFactory
        {
            Uri = broker,
            ClientProvidedName = "caseworker client",
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),
            HandshakeContinuationTimeout = TimeSpan.FromSeconds(10),
            ContinuationTimeout = TimeSpan.FromSeconds(10),

            // What was on its way when a connection was lost must fail, and what waits behind it too: the client must know of the loss.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            SocketFactory = BrokerSocket.Create,
        };
        factory.VirtualHost = string.IsNullOrEmpty(factory.VirtualHost) ? ConnectionFactory.DefaultVHost : factory.VirtualHost;
        return factory;
    }

    /// <summary>For messages: without the password.</summary>
    public static string NameOf(ConnectionFactory factory) =>
        FormattableString.Invariant($"{factory.Endpoint.HostName}:{factory.Endpoint.Port}, virtual host \"{factory.VirtualHost}\"");
}
