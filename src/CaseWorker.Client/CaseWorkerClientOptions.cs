using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>The client's settings. They are checked when the application starts; one that cannot work stops it with a message that says what to set.</summary>
public sealed class CaseWorkerClientOptions
{
    /// <summary>
    /// Where the broker is: <c>amqp://user:password@host:port/virtual-host</c> or <c>amqps://</c>. Required. No path, or an empty one, is
    /// the virtual host "/". More nodes of a cluster follow in the query: <c>?hosts=host2:port,host3:port</c>. With <c>amqps://</c> the
    /// certificate must be valid for the host. The user needs to write to the exchange <see cref="CaseTopology.CommandExchange"/>; to submit commands also
    /// to configure and read queues named <c>case-replies.*</c>.
    /// </summary>
    public Uri? Broker { get; set; }

    /// <summary>
    /// Slots, 1 to 64, default 64. Part of the wire contract: the same number as the worker's, or commands end as dead letters. Other
    /// than 64 is for small tests.
    /// </summary>
    public int Slots { get; set; } = CaseTopology.SlotCount;

    /// <summary>
    /// How long a publish may take, 1 second to 5 minutes, default 15 seconds: connecting anew where the connection was lost, sending, and
    /// the broker's confirm. After that it fails.
    /// </summary>
    public TimeSpan PublishTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Commands that may be on their way to the broker at the same time, 1 to 100000, default 5000. It bounds memory while the broker is
    /// away or slow; a publish beyond it fails at once.
    /// </summary>
    public int OutstandingLimit { get; set; } = 5000;

    /// <summary>
    /// Where the worker's HTTP API is, <c>http://</c> or <c>https://</c>. Needed to update cases and to handle outcomes, which read there;
    /// not to publish and submit, nor where an <see cref="ICaseReader"/> of the application's own is registered.
    /// </summary>
    public Uri? Api { get; set; }

    /// <summary>The key that the API is read with, <c>cwk_…</c>, made by <c>caseworker key create</c>; the scope viewer is enough.</summary>
    public string? ApiKey { get; set; }
}
