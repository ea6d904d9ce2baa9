using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>Opens connections to one broker.</summary>
internal interface IBrokerConnectionFactory
{
    /// <summary>Hosts and virtual host for messages, without the password.</summary>
    string Name { get; }

    /// <summary>How long one attempt to connect may take, before it is better to begin another.</summary>
    TimeSpan AttemptLimit { get; }

    /// <summary>Connects to one of the broker's hosts.</summary>
    /// <param name="connectionName">What the broker's own lists call the connection.</param>
    /// <param name="cancellationToken">Best none: one that fires inside the client can leave a connection that never ends.</param>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">No host accepts the connection or the login.</exception>
    Task<IConnection> ConnectAsync(string connectionName, CancellationToken cancellationToken = default);
}
