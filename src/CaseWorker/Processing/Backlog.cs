using CaseWorker.RabbitMq;

namespace CaseWorker.Processing;

/// <summary>
/// What is delivered and in no batch yet, a line for each slot. A slot is in one batch at a time, so that its order stays; which lane takes it
/// next is open, so that none is idle while another has too much.
/// </summary>
/// <remarks>
/// A batch that is not full waits until the one before it is committed, as the database would make it do at the row
/// <c>global_head</c>. What comes meanwhile joins it: at low rates several commands share a commit that each would pay for.
/// </remarks>
/// <param name="batchLimit">Commands in a full batch.</param>
/// <param name="time">Ends a turn that takes too long.</param>
internal sealed class Backlog(int batchLimit, TimeProvider time) : IDisposable
{
    /// <summary>A batch that waits for somebody's lock, or for a server, does not hold up the others for longer.</summary>
    public static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Bytes of bodies after which a batch takes no further command: while it is decided they are there several times over, as bytes, as JSON and
    /// as arguments of statements. Small commands never come near it.
    /// </summary>
    public const int LargestBatch = 2 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<int, Line> lines = [];
    private readonly Queue<Line> ready = [];
    private readonly Queue<TaskCompletionSource<Batch?>> idleLanes = [];
    private ITimer? turnTimer;
    private Batch? turn;
    private int readyCount;
    private bool isComplete;

    /// <summary>Called in queue order, slot by slot. What is held is bounded by the prefetch of the slots.</summary>
    public void Admit(Delivery delivery)
    {
        lock (gate)
        {
            var slot = delivery.Channel.Lease.Slot;
            if (!lines.TryGetValue(slot, out var line))
            {
                lines[slot] = line = new Line();
            }

            line.Waiting.Enqueue(delivery);
            if (!line.IsInBatch)
            {
                readyCount++;
                if (line.Waiting.Count == 1)
                {
                    ready.Enqueue(line);
                }
            }

            HandOut();
        }
    }

    /// <summary>Nothing is admitted any more: when all is taken, lanes get null.</summary>
    public void Complete()
    {
        lock (gate)
        {
            isComplete = true;
            HandOut();
        }
    }

    /// <summary>The next batch, as soon as there is one. Lanes get theirs in the order in which they ask.</summary>
    /// <returns>Null when there will be none any more.</returns>
    public Task<Batch?> TakeAsync()
    {
        lock (gate)
        {
            var lane = new TaskCompletionSource<Batch?>(TaskCreationOptions.RunContinuationsAsynchronously);
            idleLanes.Enqueue(lane);
            HandOut();
            return lane.Task;
        }
    }

    public void Dispose() => turnTimer?.Dispose();

    private void HandOut()
    {
        while (idleLanes.Count > 0 && readyCount > 0 && (turn is null || readyCount >= batchLimit))
        {
            Begin(turn = Take());
            idleLanes.Dequeue().SetResult(turn);
        }

        while (isComplete && lines.Values.All(line => line.Waiting.Count == 0) && idleLanes.TryDequeue(out var lane))
        {
            lane.SetResult(null);
        }
    }

    private Batch Take()
    {
        var batch = new Batch(this);
        while (HasRoom(batch) && ready.TryDequeue(out var line))
        {
            readyCount -= line.Waiting.Count;
            line.IsInBatch = true;
            batch.Lines.Add(line);
            while (HasRoom(batch) && line.Waiting.TryDequeue(out var delivery))
            {
                batch.Add(delivery);
            }
        }

        return batch;
    }

    private bool HasRoom(Batch batch) => batch.Deliveries.Count < batchLimit && batch.Size < LargestBatch;

    private void Begin(Batch batch)
    {
        turnTimer?.Dispose();
        turnTimer = time.CreateTimer(_ => End(batch), null, LongestTurn, Timeout.InfiniteTimeSpan);
    }

    private void End(Batch batch)
    {
        lock (gate)
        {
            if (turn == batch)
            {
                turn = null;
                HandOut();
            }
        }
    }

    private void Release(Batch batch)
    {
        lock (gate)
        {
            foreach (var line in batch.Lines)
            {
                line.IsInBatch = false;
                if (line.Waiting.Count > 0)
                {
                    readyCount += line.Waiting.Count;
                    ready.Enqueue(line);
                }
            }

            HandOut();
        }
    }

    /// <summary>What a lane has taken. Nobody else gets anything of its slots until it is disposed of.</summary>
    internal sealed class Batch(Backlog backlog) : IDisposable
    {
        /// <summary>In the order of the queues, slot by slot.</summary>
        public List<Delivery> Deliveries { get; } = [];

        /// <summary>The slots of it.</summary>
        internal List<Line> Lines { get; } = [];

        /// <summary>Bytes of its bodies.</summary>
        internal long Size { get; private set; }

        internal void Add(Delivery delivery)
        {
            Deliveries.Add(delivery);
            Size += delivery.Size;
        }

        /// <summary>It is committed, or never will be: the next may begin.</summary>
        public void EndTurn() => backlog.End(this);

        public void Dispose()
        {
            EndTurn();
            backlog.Release(this);
        }
    }

    /// <summary>The commands of one slot.</summary>
    internal sealed class Line
    {
        public Queue<Delivery> Waiting { get; } = [];

        public bool IsInBatch { get; set; }
    }
}
