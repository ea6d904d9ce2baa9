namespace CaseWorker.RabbitMq;

/// <summary>Whether this worker can reach its broker.</summary>
internal interface IBrokerAvailability
{
    /// <summary>How long the broker has been unavailable; zero while it is available.</summary>
    TimeSpan UnavailableFor { get; }
}
