using CaseWorker.Diagnostics;
using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.RabbitMq;

/// <summary>
/// Says what the broker refuses about one queue, an argument that differs for one. MassTransit tries again and says nothing. A lost
/// connection faults every queue at once, and is <see cref="BrokerProbe"/>'s to report.
/// </summary>
internal sealed class EndpointFaults(SlotHealth health, ILogger<EndpointFaults> log) : IReceiveEndpointObserver
{
    /// <summary>AMQP's replies that close one channel: access-refused, not-found, resource-locked, precondition-failed.</summary>
    private static readonly int[] Refusals = [403, 404, 405, 406];

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (faulted.Exception?.GetBaseException() is OperationInterruptedException { ShutdownReason: { } reason } && Refusals.Contains(reason.ReplyCode))
        {
            var queue = faulted.InputAddress.Segments[^1];
            health.ReportRefusal(queue, reason.ReplyText);
            log.QueueNotConsumed(queue, reason.ReplyText);
        }

        return Task.CompletedTask;
    }

    public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
