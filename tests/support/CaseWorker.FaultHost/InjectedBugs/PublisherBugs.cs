using CaseWorker.Cases;
using CaseWorker.Diagnostics;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Records conflicts and keeps them to itself.</summary>
internal sealed class ConflictNotPublished(OutcomeConnection connection, ProcessingHealth health, CaseWorkerMetrics metrics, IHostApplicationLifetime lifetime, ILogger<OutcomePublisher> log)
    : OutcomePublisher(connection, health, metrics, lifetime, log)
{
    public override Task PublishAsync(int worker, IReadOnlyList<Delivery> batch) =>
        base.PublishAsync(worker, [.. batch.Where(delivery => delivery.DecidedCommand?.Decision is not Decision.Conflicted)]);
}

/// <summary>Finds the record of a redelivered command and thinks that its outcome is out: after a crash it is not.</summary>
internal sealed class RepeatNotPublished(OutcomeConnection connection, ProcessingHealth health, CaseWorkerMetrics metrics, IHostApplicationLifetime lifetime, ILogger<OutcomePublisher> log)
    : OutcomePublisher(connection, health, metrics, lifetime, log)
{
    public override Task PublishAsync(int worker, IReadOnlyList<Delivery> batch) =>
        base.PublishAsync(worker, [.. batch.Where(delivery => delivery.DecidedCommand?.Decision is not Decision.Repeated)]);
}
