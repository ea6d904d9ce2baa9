using CaseWorker.Diagnostics;
using CaseWorker.Parsing;
using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Processing;

/// <summary>
/// Takes every delivery of one slot, malformed ones too, and hands it to the batch workers in queue order. It stands outermost in the
/// receive pipe, calls nothing after it and waits for nothing: thousands of handlers that waited for their command's end cost
/// the worker a quarter of its CPU. The batch worker has the message acknowledged when it is done.
/// </summary>
internal sealed class OrderedIntake(TimeProvider time, ILogger<OrderedIntake> log) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var message = new AmqpMessage(context, context.GetPayload<RabbitMqBasicConsumeContext>());
        var channel = context.GetPayload<SlotChannelContext>().Order;
        if (!channel.Enter(new Delivery(message, channel, time.GetTimestamp())))
        {
            log.DeliveryMissing(message.Tag, channel.Lease.Slot);
        }

        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("orderedIntake");
}
