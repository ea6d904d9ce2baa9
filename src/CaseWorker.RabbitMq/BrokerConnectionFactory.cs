using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>How CaseWorker connects to its broker, whatever for.</summary>
internal static class BrokerConnectionFactory
{
    /// <param name="broker">An AMQP URI: <c>amqp://user:password@host:port/virtual-host</c>; no path, or an empty one, is the virtual host "/".</param>
    /// <param name="name">What the broker's own lists call the connection.</param>
    public static ConnectionFactory To(Uri broker, string name)
    {
        var factory = new ConnectionFactory
        {
            Uri = broker,
            ClientProvidedName = name,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),

            // A batch worker waits for it, and a connection that ends waits for the batch worker.
            RequestedConnectionTimeout = TimeSpan.FromSeconds(5),

            // Who lost a connection must know it: what was under way on it is open.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            SocketFactory = BrokerSocket.Create,
        };
        factory.VirtualHost = string.IsNullOrEmpty(factory.VirtualHost) ? ConnectionFactory.DefaultVHost : factory.VirtualHost;
        return factory;
    }
}
