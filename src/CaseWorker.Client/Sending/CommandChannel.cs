using System.Collections.Concurrent;
using System.Diagnostics;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Client.Sending;

/// <summary>The channel that one slot's commands go out on: mandatory, confirmed, in order.</summary>
internal sealed class CommandChannel
{
    /// <summary>The broker returns a message with its headers and without its number.</summary>
    private const string NumberHeader = "x-publish-number";

    private readonly ConcurrentDictionary<ulong, PendingPublish> unanswered = new();
    private readonly ConcurrentDictionary<ulong, bool> returned = new();
    private readonly ConfirmChannel channel;
    private readonly string routingKey;
    private readonly Action<PendingPublish> done;
    private readonly Action<Exception> publishFailed;
    private Task last = Task.CompletedTask;

    /// <param name="channel">New, opened with <see cref="ConfirmChannel.Options"/>.</param>
    /// <param name="slot">Where the commands go.</param>
    /// <param name="done">Called when the broker has answered a command.</param>
    /// <param name="publishFailed">Called when a command could not be sent: the ones before it may have been.</param>
    public CommandChannel(IChannel channel, int slot, Action<PendingPublish> done, Action<Exception> publishFailed)
    {
        (this.done, this.publishFailed) = (done, publishFailed);
        routingKey = CaseTopology.RoutingKeyOf(slot);
        channel.BasicReturnAsync += OnReturnedAsync;
        this.channel = new ConfirmChannel(channel, new ConfirmTracker(OnAnswered));
    }

    /// <summary>Returns at once; the commands go out in the order of the calls.</summary>
    /// <param name="pending">The command.</param>
    /// <param name="replyTo">The queue for its reply; null for none.</param>
    public void Send(PendingPublish pending, string? replyTo) => last = SendAsync(pending, replyTo, last);

    private async Task SendAsync(PendingPublish pending, string? replyTo, Task before)
    {
        await before;
        if (pending.Confirmed.IsCompleted)
        {
            // The session was lost meanwhile.
            return;
        }

        // The caller's activity: spans of RabbitMQ.Client, if anybody listens to them, belong to the caller's trace.
        Activity.Current = pending.Activity;
        var number = channel.Published + 1;
        unanswered[number] = pending;
        try
        {
            await channel.PublishAsync(CaseTopology.CommandExchange, routingKey, mandatory: true, Properties(pending, replyTo, number), pending.Body);
        }
        catch (Exception error)
        {
            publishFailed(error);
        }
    }

    private void OnAnswered(ulong number, bool isConfirmed)
    {
        var wasReturned = returned.TryRemove(number, out _);
        if (!unanswered.TryRemove(number, out var pending))
        {
            return;
        }

        if (wasReturned)
        {
            pending.Fail(Failures.Returned(pending));
        }
        else if (isConfirmed)
        {
            pending.Confirm();
        }
        else
        {
            pending.Fail(Failures.Nacked(pending));
        }

        done(pending);
    }

    /// <summary>The broker's answer to the publish follows, and is positive.</summary>
    private Task OnReturnedAsync(object sender, BasicReturnEventArgs message)
    {
        if (message.BasicProperties.Headers?.TryGetValue(NumberHeader, out var number) == true && number is long value)
        {
            returned[(ulong)value] = true;
        }

        return Task.CompletedTask;
    }

    private static BasicProperties Properties(PendingPublish pending, string? replyTo, ulong number)
    {
        var properties = pending.Properties(replyTo);
        properties.Headers ??= new Dictionary<string, object?>(StringComparer.Ordinal);
        properties.Headers[NumberHeader] = (long)number;
        return properties;
    }
}
