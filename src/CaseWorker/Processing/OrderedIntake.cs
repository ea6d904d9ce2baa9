using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using CaseWorker.Parsing;
using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Processing;

/// <summary>
/// Takes every delivery of one queue, malformed ones too, and hands it to the batch workers in queue order. It stands outermost in the
/// receive pipe, calls nothing after it and waits for nothing: thousands of handlers that waited for their command's end cost
/// the worker a quarter of its CPU. The batch worker has the message acknowledged when it is done.
/// </summary>
/// <param name="quarantine">The kind of the queue if the broker sets messages aside in it; null for the queue of a slot.</param>
/// <param name="options">How many slots there are.</param>
/// <param name="time">Measures how long things take.</param>
/// <param name="log">A log.</param>
internal sealed class OrderedIntake(string? quarantine, IOptions<CaseWorkerOptions> options, TimeProvider time, ILogger<OrderedIntake> log) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var message = new AmqpMessage(context, context.GetPayload<RabbitMqBasicConsumeContext>());
        var channel = context.GetPayload<SlotChannelContext>().Order;
        var givenUp = quarantine is null ? null : GivenUp.Of(quarantine, message, options.Value);
        if (!channel.Enter(new Delivery(message, channel, time.GetTimestamp()) { GivenUp = givenUp }))
        {
            log.DeliveryMissing(message.Tag, channel.Lease.Slot);
        }

        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("orderedIntake");
}
