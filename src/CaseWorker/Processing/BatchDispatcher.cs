using CaseWorker.RabbitMq;

namespace CaseWorker.Processing;

/// <summary>
/// Deliveries that are in no batch yet, with a queue for each slot. A slot is in one batch at a time, so that its order stays; which batch worker takes it
/// next is open, so that none is idle while another has too much.
/// </summary>
/// <remarks>
/// A batch that is not full waits until the one before it is committed, as the database would make it do at the row
/// <c>global_head</c>. What comes meanwhile joins it: at low rates several commands share a commit that each would pay for.
/// </remarks>
/// <param name="batchLimit">Commands in a full batch.</param>
/// <param name="time">Ends a turn that takes too long.</param>
internal sealed class BatchDispatcher(int batchLimit, TimeProvider time) : IDisposable
{
    /// <summary>A batch that waits for somebody's lock, or for a server, does not hold up the others for longer.</summary>
    public static readonly TimeSpan MaxCommitWindow = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Bytes of bodies after which a batch takes no further command: while it is decided they are there several times over, as bytes, as JSON and
    /// as arguments of statements. Small commands never come near it.
    /// </summary>
    public const int LargestBatch = 2 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<int, SlotQueue> queues = [];
    private readonly Queue<SlotQueue> ready = [];
    private readonly Queue<TaskCompletionSource<Batch?>> idleWorkers = [];
    private ITimer? windowTimer;
    private Batch? openWindow;
    private int readyCount;
    private bool isComplete;

    /// <summary>Called in queue order, slot by slot. What is held is bounded by the prefetch of the slots.</summary>
    public void Admit(Delivery delivery)
    {
        lock (gate)
        {
            var slot = delivery.Channel.Lease.Slot;
            if (!queues.TryGetValue(slot, out var queue))
            {
                queues[slot] = queue = new SlotQueue();
            }

            queue.Waiting.Enqueue(delivery);
            if (!queue.IsInBatch)
            {
                readyCount++;
                if (queue.Waiting.Count == 1)
                {
                    ready.Enqueue(queue);
                }
            }

            HandOut();
        }
    }

    /// <summary>Nothing is admitted any more: when all is taken, batch workers get null.</summary>
    public void Complete()
    {
        lock (gate)
        {
            isComplete = true;
            HandOut();
        }
    }

    /// <summary>The next batch, as soon as there is one. Batch workers get theirs in the order in which they ask.</summary>
    /// <returns>Null if there will be none any more.</returns>
    public Task<Batch?> TakeAsync()
    {
        lock (gate)
        {
            var worker = new TaskCompletionSource<Batch?>(TaskCreationOptions.RunContinuationsAsynchronously);
            idleWorkers.Enqueue(worker);
            HandOut();
            return worker.Task;
        }
    }

    public void Dispose() => windowTimer?.Dispose();

    private void HandOut()
    {
        while (idleWorkers.Count > 0 && readyCount > 0 && (openWindow is null || readyCount >= batchLimit))
        {
            Begin(openWindow = Take());
            idleWorkers.Dequeue().SetResult(openWindow);
        }

        while (isComplete && queues.Values.All(queue => queue.Waiting.Count == 0) && idleWorkers.TryDequeue(out var worker))
        {
            worker.SetResult(null);
        }
    }

    private Batch Take()
    {
        var batch = new Batch(this);
        while (HasRoom(batch) && ready.TryDequeue(out var queue))
        {
            readyCount -= queue.Waiting.Count;
            queue.IsInBatch = true;
            batch.Queues.Add(queue);
            while (HasRoom(batch) && queue.Waiting.TryDequeue(out var delivery))
            {
                batch.Add(delivery);
            }
        }

        return batch;
    }

    private bool HasRoom(Batch batch) => batch.Deliveries.Count < batchLimit && batch.Size < LargestBatch;

    private void Begin(Batch batch)
    {
        windowTimer?.Dispose();
        windowTimer = time.CreateTimer(_ => End(batch), null, MaxCommitWindow, Timeout.InfiniteTimeSpan);
    }

    private void End(Batch batch)
    {
        lock (gate)
        {
            if (openWindow == batch)
            {
                openWindow = null;
                HandOut();
            }
        }
    }

    private void Release(Batch batch)
    {
        lock (gate)
        {
            foreach (var queue in batch.Queues)
            {
                queue.IsInBatch = false;
                if (queue.Waiting.Count > 0)
                {
                    readyCount += queue.Waiting.Count;
                    ready.Enqueue(queue);
                }
            }

            HandOut();
        }
    }

    /// <summary>What a batch worker has taken. Nobody else gets anything of its slots until it is disposed of.</summary>
    internal sealed class Batch(BatchDispatcher dispatcher) : IDisposable
    {
        /// <summary>In the order of the queues, slot by slot.</summary>
        public List<Delivery> Deliveries { get; } = [];

        /// <summary>The slots of it.</summary>
        internal List<SlotQueue> Queues { get; } = [];

        /// <summary>Bytes of its bodies.</summary>
        internal long Size { get; private set; }

        internal void Add(Delivery delivery)
        {
            Deliveries.Add(delivery);
            Size += delivery.Size;
        }

        /// <summary>It is committed, or never will be: the next may begin.</summary>
        public void EndCommitWindow() => dispatcher.End(this);

        public void Dispose()
        {
            EndCommitWindow();
            dispatcher.Release(this);
        }
    }

    /// <summary>The commands of one slot.</summary>
    internal sealed class SlotQueue
    {
        public Queue<Delivery> Waiting { get; } = [];

        public bool IsInBatch { get; set; }
    }
}
