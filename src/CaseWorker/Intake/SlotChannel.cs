using System.Diagnostics;
using CaseWorker.Slots;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Intake;

/// <summary>
/// One channel on which one slot's queue is consumed. Deliveries reach the worker on many threads; the broker numbers them 1, 2, 3 …
/// on each channel, and by that number their order is restored here. What is unanswered when the channel closes, the broker delivers
/// again, in its order; so a channel that is given up answers nothing any more.
/// </summary>
internal sealed class SlotChannel
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<ulong, Delivery> early = [];
    private readonly Queue<long> inWork = [];
    private readonly ChannelContext context;
    private readonly Action<Delivery> admit;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong next = 1;
    private ulong finished;
    private ulong acknowledged;
    private bool isAcknowledging;
    private bool isDraining;
    private volatile bool isGivenUp;
    private long lastProgress;
    private long lastAcknowledgement;

    /// <param name="context">The channel.</param>
    /// <param name="lease">The right under which what is delivered on it is processed.</param>
    /// <param name="admit">Called for each delivery in queue order, one at a time; must not block.</param>
    /// <param name="time">Measures how long a gap lasts.</param>
    public SlotChannel(ChannelContext context, SlotLease lease, Action<Delivery> admit, TimeProvider time)
    {
        Lease = lease;
        this.context = context;
        this.admit = admit;
        this.time = time;
        context.Channel.ChannelShutdownAsync += (_, _) =>
        {
            OnClosed();
            return Task.CompletedTask;
        };
        if (context.Channel.IsClosed)
        {
            OnClosed();
        }
    }

    public SlotLease Lease { get; }

    /// <summary>Whether what was delivered on it can still be acknowledged.</summary>
    public bool IsOpen => !isGivenUp && context.Channel.IsOpen && context.ConnectionContext.Connection.IsOpen;

    /// <summary>Completes when the channel is closed, whoever closed it.</summary>
    public Task Closed => closed.Task;

    /// <summary>How long deliveries have waited for one before them that did not come, with nothing else in work; null when none waits.</summary>
    public TimeSpan? StuckFor
    {
        get
        {
            lock (gate)
            {
                return early.Count == 0 || inWork.Count > 0 || isDraining ? null : time.GetElapsedTime(lastProgress);
            }
        }
    }

    /// <summary>How long the oldest delivery has been in work; null when none is.</summary>
    public TimeSpan? Lag
    {
        get
        {
            lock (gate)
            {
                return inWork.TryPeek(out var since) ? time.GetElapsedTime(since) : null;
            }
        }
    }

    /// <summary>How long ago the last acknowledgement was sent.</summary>
    public TimeSpan SinceAcknowledgement => lastAcknowledgement == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(Interlocked.Read(ref lastAcknowledgement));

    public void Enter(Delivery delivery)
    {
        lock (gate)
        {
            if (isGivenUp)
            {
                delivery.Abandon();
                return;
            }

            if (delivery.Tag != next || isDraining)
            {
                if (early.Count == 0)
                {
                    // The gap opens now, however long nothing came before.
                    lastProgress = time.GetTimestamp();
                }

                early.Add(delivery.Tag, delivery);
                return;
            }

            for (var ready = delivery; ready is not null; early.Remove(next, out ready))
            {
                inWork.Enqueue(time.GetTimestamp());
                next++;
                lastProgress = time.GetTimestamp();
                admit(ready);
            }
        }
    }

    /// <summary>Called by an admitted delivery when it is finished. They finish in their order: all before it may be acknowledged with it.</summary>
    public void Leave(ulong tag)
    {
        lock (gate)
        {
            Debug.Assert(tag == finished + 1, "A delivery overtook another of its slot.");
            inWork.Dequeue();
            finished = tag;
            lastProgress = time.GetTimestamp();
        }
    }

    /// <summary>
    /// Acknowledges all that is finished, in one frame: a batch costs the broker one acknowledgement a slot, not one a message. On a channel
    /// that is given up or lost it does nothing, and the messages come again.
    /// </summary>
    public async ValueTask AcknowledgeAsync()
    {
        for (var upTo = NextAcknowledgement(); upTo is not null; upTo = NextAcknowledgement())
        {
            try
            {
                await context.BasicAck(upTo.Value, multiple: true);
            }
            catch (OperationInterruptedException)
            {
                // Lost in this moment.
            }
            finally
            {
                lock (gate)
                {
                    isAcknowledging = false;
                    acknowledged = upTo.Value;
                    lastAcknowledgement = time.GetTimestamp();
                    TellWhenDrained();
                }
            }
        }
    }

    /// <summary>From now on nothing more is admitted. Completes when what was admitted is acknowledged, or the channel is given up.</summary>
    public Task DrainAsync()
    {
        lock (gate)
        {
            isDraining = true;
            TellWhenDrained();
            return drained.Task;
        }
    }

    /// <summary>Closes without cancelling the consumer first: only so does the broker give everything back in its order.</summary>
    public void Close()
    {
        if (GiveUp())
        {
            // Awaiting it would wait for the handlers of this very channel; Closed tells when it is done.
            _ = context.Channel.CloseAsync(Constants.ReplySuccess, "CaseWorker gives its deliveries back", abort: true);
        }
    }

    /// <summary>
    /// Looks whether the connection is lost. The client tells its channels one after the other, each only when the handlers of the one
    /// before are done; handlers that wait for a lane, which waits for a confirm on the next channel, would wait for ever.
    /// </summary>
    public void Observe()
    {
        if (!IsOpen)
        {
            GiveUp();
        }
    }

    /// <summary>One at a time: the broker closes a channel on which an acknowledgement overtakes a later one.</summary>
    private ulong? NextAcknowledgement()
    {
        lock (gate)
        {
            if (isAcknowledging || !IsOpen || acknowledged == finished)
            {
                return null;
            }

            isAcknowledging = true;
            return finished;
        }
    }

    private void OnClosed()
    {
        GiveUp();
        closed.TrySetResult();
    }

    private bool GiveUp()
    {
        lock (gate)
        {
            if (isGivenUp)
            {
                return false;
            }

            isGivenUp = true;
            TellWhenDrained();
            foreach (var delivery in early.Values)
            {
                delivery.Abandon();
            }

            early.Clear();
            return true;
        }
    }

    private void TellWhenDrained()
    {
        if (isGivenUp || (isDraining && acknowledged == next - 1))
        {
            drained.TrySetResult();
        }
    }
}
