using System.Net.Security;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>How engine, command line and client connect to RabbitMQ: the same address, time limits and stream for all.</summary>
internal sealed class BrokerConnectionFactory : IBrokerConnectionFactory
{
    /// <summary>A batch worker waits for it, and a connection that ends waits for the batch worker.</summary>
    private static readonly TimeSpan HostLimit = TimeSpan.FromSeconds(5);

    private const string HostsParameter = "hosts";

    private readonly Uri address;
    private readonly AmqpTcpEndpoint[] endpoints;

    /// <param name="address">
    /// An AMQP URI: <c>amqp://user:password@host:port/virtual-host</c>. No path, or an empty one, is the virtual host "/". More hosts of the
    /// same cluster follow in the query: <c>?hosts=host2:port,host3:port</c>.
    /// </param>
    /// <exception cref="ArgumentException">It is not an AMQP URI. The message can contain the password.</exception>
    public BrokerConnectionFactory(Uri address)
    {
        this.address = address;
        ConnectionFactory main;
        try
        {
            main = Create("caseworker");
            endpoints = [EndpointOf(main.Endpoint, main), .. MoreHosts(address).Select(host => EndpointOf(AmqpTcpEndpoint.Parse(host), main))];
        }
        catch (FormatException error)
        {
            throw new ArgumentException(error.Message, nameof(address), error);
        }

        Hosts = string.Join(", ", endpoints.Select(endpoint => FormattableString.Invariant($"{endpoint.HostName}:{endpoint.Port}")));
        Name = $"{Hosts}, virtual host \"{main.VirtualHost}\"";
    }

    /// <summary>Each host with its port, for messages.</summary>
    public string Hosts { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan AttemptLimit => HostLimit * endpoints.Length;

    /// <inheritdoc/>
    public Task<IConnection> ConnectAsync(string connectionName, CancellationToken cancellationToken = default) =>
        Create(connectionName).CreateConnectionAsync(endpoints, connectionName, cancellationToken);

    /// <summary>The settings of a connection, for code that connects by itself.</summary>
    /// <param name="connectionName">What the broker's own lists call the connection.</param>
    public ConnectionFactory Create(string connectionName)
    {
        var factory = new ConnectionFactory
        {
            Uri = address,
            ClientProvidedName = connectionName,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            ContinuationTimeout = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = HostLimit,

            // What was under way on a lost connection is open; a connection that came back by itself would hide that.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
        };
        factory.VirtualHost = string.IsNullOrEmpty(factory.VirtualHost) ? ConnectionFactory.DefaultVHost : factory.VirtualHost;
        Apply(factory);
        return factory;
    }

    /// <summary>Gives a factory that somebody else made the stream and the hosts of this one.</summary>
    public void Apply(ConnectionFactory factory)
    {
        factory.SocketFactory = BrokerSocket.Create;
        factory.EndpointResolverFactory = _ => new DefaultEndpointResolver(endpoints);
    }

    /// <summary>The certificate must be valid and carry the name of the host: the client alone would accept any name.</summary>
    private static AmqpTcpEndpoint EndpointOf(AmqpTcpEndpoint endpoint, ConnectionFactory factory)
    {
        endpoint.Ssl = new SslOption
        {
            Enabled = factory.Ssl.Enabled,
            ServerName = endpoint.HostName,
            AcceptablePolicyErrors = SslPolicyErrors.None,
        };
        return endpoint;
    }

    private static IEnumerable<string> MoreHosts(Uri address)
    {
        foreach (var parameter in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var hosts = parameter.StartsWith($"{HostsParameter}=", StringComparison.Ordinal)
                ? Uri.UnescapeDataString(parameter[(HostsParameter.Length + 1)..]).Split(',', StringSplitOptions.TrimEntries)
                : throw new ArgumentException($"{parameter.Split('=')[0]} is not a parameter of a broker's address; only {HostsParameter} is.", nameof(address));
            foreach (var host in hosts)
            {
                yield return host.Length > 0 ? host : throw new ArgumentException($"A host of the parameter {HostsParameter} is empty.", nameof(address));
            }
        }
    }
}
