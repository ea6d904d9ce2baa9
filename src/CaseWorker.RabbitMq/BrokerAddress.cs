using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>Where the broker is, and how it is connected to.</summary>
internal static class BrokerAddress
{
    /// <exception cref="ArgumentException">It is no AMQP address.</exception>
    public static ConnectionFactory FactoryFor(Uri broker)
    {
        var factory = BrokerConnectionFactory.To(broker, "caseworker client");
        factory.ContinuationTimeout = TimeSpan.FromSeconds(10);
        return factory;
    }

    /// <summary>For messages: without the password.</summary>
    public static string NameOf(ConnectionFactory factory) =>
        FormattableString.Invariant($"{factory.Endpoint.HostName}:{factory.Endpoint.Port}, virtual host \"{factory.VirtualHost}\"");
}
