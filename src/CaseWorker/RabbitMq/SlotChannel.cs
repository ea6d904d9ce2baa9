using System.Diagnostics.CodeAnalysis;
using CaseWorker.Leases;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// One channel on which one slot's queue is consumed. The broker numbers the deliveries 1, 2, 3 … on each channel. What is unanswered
/// when the channel closes, it delivers again, in its order; so a channel that is given up answers nothing any more.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore holds nothing to dispose of unless its wait handle is used.")]
internal sealed class SlotChannel
{
    private readonly Lock gate = new();
    private readonly Queue<long> inWork = [];
    private readonly HashSet<ulong> finishedAhead = [];
    private readonly HashSet<ulong> deferred = [];
    private readonly SemaphoreSlim acknowledging = new(1, 1);
    private readonly ChannelContext context;
    private readonly Action<Delivery> admit;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong next = 1;
    private ulong acknowledged;
    private bool isDraining;
    private volatile bool isGivenUp;
    private long lastAcknowledgement;

    /// <param name="context">The channel.</param>
    /// <param name="lease">The right under which what is delivered on it is processed.</param>
    /// <param name="admit">Called for each delivery in queue order, one at a time; must not block.</param>
    /// <param name="time">Measures how long things take.</param>
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

    /// <summary>Completes when the channel is closed, by either side.</summary>
    public Task Closed => closed.Task;

    /// <summary>How long the oldest delivery has been in work; null if none is. A deferred delivery is not in work.</summary>
    public TimeSpan? Lag
    {
        get
        {
            lock (gate)
            {
                return Oldest() is { } since ? time.GetElapsedTime(since) : null;
            }
        }
    }

    /// <summary>How long ago the last acknowledgement was sent.</summary>
    public TimeSpan SinceAcknowledgement => lastAcknowledgement == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(Interlocked.Read(ref lastAcknowledgement));

    /// <summary>Admits the next delivery. The broker redelivers what arrives on a channel that no longer admits.</summary>
    /// <returns>False when one before it is missing: the channel is closed then, so that the broker delivers again, in order.</returns>
    public bool Enter(Delivery delivery)
    {
        lock (gate)
        {
            if (isGivenUp || isDraining)
            {
                return true;
            }

            if (delivery.Tag != next)
            {
                Close();
                return false;
            }

            inWork.Enqueue(time.GetTimestamp());
            next++;
            admit(delivery);
            return true;
        }
    }

    /// <summary>
    /// Acknowledges deliveries that are done. Those with nothing unfinished before them are acknowledged in one frame, the others one by one.
    /// On a channel that is given up or lost it does nothing, and the broker redelivers the messages.
    /// </summary>
    /// <param name="tags">In ascending order, each only once.</param>
    public async ValueTask FinishAsync(IReadOnlyList<ulong> tags)
    {
        if (!IsOpen)
        {
            return;
        }

        // One caller at a time: the broker closes a channel on which a single acknowledgement comes after one that included it.
        await acknowledging.WaitAsync();
        try
        {
            await SendAsync(tags);
        }
        catch (Exception)
        {
            // The channel was lost just now: the broker redelivers them.
            Close();
        }
        finally
        {
            acknowledging.Release();
        }
    }

    /// <summary>Says that a delivery waits for a cause outside this worker. It stays unacknowledged, and a draining channel does not wait for it.</summary>
    public void Defer(ulong tag)
    {
        lock (gate)
        {
            if (tag > acknowledged)
            {
                deferred.Add(tag);
                TellWhenDrained();
            }
        }
    }

    /// <summary>From now on nothing more is admitted. Completes when what was admitted is acknowledged or deferred, or the channel is given up.</summary>
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
    /// before are done, those too that wait for the database to set a message aside.
    /// </summary>
    public void Observe()
    {
        if (!IsOpen)
        {
            GiveUp();
        }
    }

    private async ValueTask SendAsync(IReadOnlyList<ulong> tags)
    {
        var head = HeadAfter(tags);
        var upTo = tags.LastOrDefault(tag => tag <= head);
        if (upTo > 0)
        {
            await context.BasicAck(upTo, multiple: true, CancellationToken.None);
        }

        foreach (var tag in tags.Where(tag => tag > upTo))
        {
            await context.BasicAck(tag, multiple: false, CancellationToken.None);
        }

        lock (gate)
        {
            Remove(tags);
            lastAcknowledgement = time.GetTimestamp();
            TellWhenDrained();
        }
    }

    /// <summary>The last delivery before the first unfinished one, once these are finished.</summary>
    private ulong HeadAfter(IReadOnlyList<ulong> tags)
    {
        lock (gate)
        {
            var head = acknowledged;
            for (var i = 0; ;)
            {
                if (i < tags.Count && tags[i] == head + 1)
                {
                    (head, i) = (head + 1, i + 1);
                }
                else if (finishedAhead.Contains(head + 1))
                {
                    head++;
                }
                else
                {
                    return head;
                }
            }
        }
    }

    private void Remove(IReadOnlyList<ulong> tags)
    {
        finishedAhead.UnionWith(tags);
        deferred.ExceptWith(tags);
        for (; finishedAhead.Remove(acknowledged + 1); acknowledged++)
        {
            inWork.Dequeue();
        }
    }

    private long? Oldest()
    {
        var tag = acknowledged;
        foreach (var since in inWork)
        {
            tag++;
            if (!deferred.Contains(tag) && !finishedAhead.Contains(tag))
            {
                return since;
            }
        }

        return null;
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
            return true;
        }
    }

    private void TellWhenDrained()
    {
        if (isGivenUp || (isDraining && acknowledged + (ulong)(finishedAhead.Count + deferred.Count) == next - 1))
        {
            drained.TrySetResult();
        }
    }
}
