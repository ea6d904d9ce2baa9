using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>Options of the client. They are validated when the application starts; an invalid option stops it with a message that says what to set.</summary>
public sealed class CaseWorkerClientOptions
{
    /// <summary>
    /// The broker's address: <c>amqp://user:password@host:port/virtual-host</c> or <c>amqps://</c>. Required. Without a path the
    /// virtual host is "/". More nodes of a cluster follow in the query: <c>?hosts=host2:port,host3:port</c>. With <c>amqps://</c> the
    /// certificate must be valid for the host. The user needs the right to write to the exchange
    /// <see cref="CaseTopology.CommandExchange"/>, and to submit commands also the rights to configure and read queues named
    /// <c>case-replies.*</c>.
    /// </summary>
    public Uri? Broker { get; set; }

    /// <summary>
    /// The number of slots, 1 to 64, 64 by default. It must be the worker's number, or commands end as dead letters. Use another number than 64
    /// only in small tests.
    /// </summary>
    public int Slots { get; set; } = CaseTopology.SlotCount;

    /// <summary>
    /// How long publishing a command may take: 1 second to 5 minutes, 15 seconds by default. It includes connecting, sending and the broker's
    /// confirm. After that time the publish fails.
    /// </summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How many commands may be in flight to the broker, 1 to 100000, 5000 by default. A publish beyond this limit fails at once with a
    /// <see cref="TooManyCommandsException"/>.
    /// </summary>
    public int MaxOutstandingCommands { get; set; } = 5000;

    /// <summary>
    /// How many bytes the messages of the commands in flight may have together: 1 MiB to 1 GiB, 64 MiB by default. It bounds memory while the
    /// broker is away or slow. A publish beyond this limit fails at once with a <see cref="TooManyCommandsException"/>.
    /// </summary>
    public long MaxOutstandingBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// The address of the worker's HTTP API, <c>http://</c> or <c>https://</c>. Required to update cases and to handle outcomes, unless the
    /// application registers an <see cref="ICaseReader"/> of its own. Publishing and submitting do not use it.
    /// </summary>
    public Uri? Api { get; set; }

    /// <summary>The key for the HTTP API, <c>cwk_…</c>. Create it with <c>caseworker key create</c>; it needs the scope viewer.</summary>
    public string? ApiKey { get; set; }
}
