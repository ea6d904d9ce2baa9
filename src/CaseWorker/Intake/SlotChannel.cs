using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace CaseWorker.Intake;

/// <summary>
/// One channel on which one slot's queue is consumed. Deliveries reach the worker on many threads; the broker numbers them 1, 2, 3 …
/// on each channel, and by that number their order is restored here.
/// </summary>
internal sealed class SlotChannel
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<ulong, Delivery> early = [];
    private readonly Action<Delivery> admit;
    private readonly TimeProvider time;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong next = 1;
    private int inFlight;
    private long lastProgress;

    /// <param name="context">The channel.</param>
    /// <param name="admit">Called for each delivery in queue order, one at a time; must not block.</param>
    /// <param name="time">Measures how long a gap lasts.</param>
    public SlotChannel(ChannelContext context, Action<Delivery> admit, TimeProvider time)
    {
        Context = context;
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

    public ChannelContext Context { get; }

    /// <summary>Once closed, the broker hands everything unacknowledged to the next channel, in order.</summary>
    public bool IsOpen => !closed.Task.IsCompleted && Context.Channel.IsOpen && Context.ConnectionContext.Connection.IsOpen;

    /// <summary>Completes when the channel is closed, whoever closed it.</summary>
    public Task Closed => closed.Task;

    /// <summary>How long deliveries have waited for one before them that did not come, with nothing else in work; null when none waits.</summary>
    public TimeSpan? StuckFor
    {
        get
        {
            lock (gate)
            {
                return early.Count == 0 || inFlight > 0 ? null : time.GetElapsedTime(lastProgress);
            }
        }
    }

    public void Enter(Delivery delivery)
    {
        lock (gate)
        {
            if (closed.Task.IsCompleted)
            {
                delivery.Abandon();
                return;
            }

            if (delivery.Tag != next)
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
                inFlight++;
                next++;
                lastProgress = time.GetTimestamp();
                admit(ready);
            }
        }
    }

    /// <summary>Called by an admitted delivery when it is finished.</summary>
    public void Leave()
    {
        lock (gate)
        {
            inFlight--;
            lastProgress = time.GetTimestamp();
        }
    }

    /// <summary>Closes without cancelling the consumer first: only so does the broker give everything back in its order.</summary>
    public void Close()
    {
        // Awaiting it would wait for the handlers of this very channel; Closed tells when it is done.
        _ = Context.Channel.CloseAsync(Constants.ReplySuccess, "CaseWorker gives its deliveries back", abort: true);
    }

    /// <summary>
    /// Looks whether the connection is lost. The client tells its channels one after the other, each only when the handlers of the one
    /// before are done; handlers that wait for a lane, which waits for a confirm on the next channel, would wait for ever.
    /// </summary>
    public void Observe()
    {
        if (!IsOpen)
        {
            OnClosed();
        }
    }

    private void OnClosed()
    {
        lock (gate)
        {
            closed.TrySetResult();
            foreach (var delivery in early.Values)
            {
                delivery.Abandon();
            }

            early.Clear();
        }
    }
}
