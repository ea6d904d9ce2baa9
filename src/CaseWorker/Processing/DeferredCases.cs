using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Processing;

/// <summary>
/// Cases whose commands wait apart from their slots: another session locks the case, its parked queue is full, one of its commands fails, or its action is
/// slow. Each is tried again by itself, after a back-off; meanwhile the other cases of its slot go on. Commands of a deferred case join its queue, so that
/// their order stays. They are unacknowledged deliveries: the prefetch of the slots bounds their number.
/// </summary>
internal sealed class DeferredCases(SlowActions slowActions, TimeProvider time) : IHealthCheck, IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, DeferredCase> cases = [];
    private readonly Queue<DeferredCase> due = [];
    private readonly Queue<TaskCompletionSource<DeferredBatch?>> idleWorkers = [];
    private bool isComplete;

    /// <summary>Takes the commands of deferred cases, and of slow actions, out of a batch.</summary>
    /// <returns>What is left, in order.</returns>
    public List<ParsedDelivery> LeaveOut(List<ParsedDelivery> batch)
    {
        lock (gate)
        {
            foreach (var slow in batch.Where(delivery => delivery.Command is { Action: { } action } && slowActions.IsSlow(action.Name)))
            {
                var command = slow.Command!;
                Find(command.CaseReference, $"{command.ActionName} takes long to decide", slow.Delivery.Channel.Lease.Slot);
            }

            return cases.Count == 0 ? batch : [.. batch.Where(delivery => !TryJoin(delivery))];
        }
    }

    /// <summary>Defers a case.</summary>
    /// <param name="caseReference">The case.</param>
    /// <param name="deliveries">All that the caller holds of the case, in order; at least one.</param>
    /// <param name="error">Why.</param>
    public void Defer(long caseReference, IReadOnlyList<ParsedDelivery> deliveries, Exception error)
    {
        lock (gate)
        {
            var deferred = Find(caseReference, error.GetBaseException().Message, deliveries[0].Delivery.Channel.Lease.Slot);
            foreach (var delivery in deliveries)
            {
                Join(deferred, delivery.Delivery);
            }

            BackOff(deferred, error);
        }
    }

    /// <summary>The commands of the next case that is due.</summary>
    /// <returns>Null if the worker stops.</returns>
    public Task<DeferredBatch?> TakeAsync()
    {
        lock (gate)
        {
            var worker = new TaskCompletionSource<DeferredBatch?>(TaskCreationOptions.RunContinuationsAsynchronously);
            idleWorkers.Enqueue(worker);
            HandOut();
            return worker.Task;
        }
    }

    /// <summary>The worker stops. What is deferred stays with the broker.</summary>
    public void Complete()
    {
        lock (gate)
        {
            isComplete = true;
            HandOut();
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            var waiting = cases.Values.Where(deferred => deferred.Attempts > 0).OrderBy(deferred => deferred.FailedAt).ToList();
            return Task.FromResult(waiting.Count == 0
                ? HealthCheckResult.Healthy("No case is deferred.")
                : HealthCheckResult.Degraded($"{waiting.Count} cases wait, other cases go on: {string.Join("; ", waiting.Take(10).Select(Describe))}"));
        }
    }

    public void Dispose()
    {
        foreach (var deferred in cases.Values)
        {
            deferred.Timer?.Dispose();
        }
    }

    /// <summary>The first command of a batch failed: it and what is behind it wait again.</summary>
    internal void PutBack(DeferredCase deferred, IEnumerable<Delivery> rest, Exception error)
    {
        lock (gate)
        {
            deferred.Waiting = new Queue<Delivery>(rest.Concat(deferred.Waiting));
            BackOff(deferred, error);
        }
    }

    /// <summary>The first command of a batch is committed.</summary>
    internal void Advance(DeferredCase deferred)
    {
        lock (gate)
        {
            deferred.Attempts = 0;
            deferred.Error = null;
        }
    }

    internal void Release(DeferredCase deferred)
    {
        lock (gate)
        {
            switch (deferred)
            {
                case { State: DeferredState.BackingOff }:
                    break;
                case { Waiting.Count: 0 }:
                    deferred.Timer?.Dispose();
                    cases.Remove(deferred.Reference);
                    break;
                default:
                    MakeDue(deferred);
                    break;
            }
        }
    }

    private string Describe(DeferredCase deferred) =>
        $"case {deferred.Reference} (slot {deferred.Slot:00}, {deferred.Waiting.Count} commands, {time.GetElapsedTime(deferred.FailedAt).TotalSeconds:0} s): {deferred.Reason}";

    private DeferredCase Find(long reference, string reason, int slot)
    {
        if (!cases.TryGetValue(reference, out var deferred))
        {
            cases[reference] = deferred = new DeferredCase { Reference = reference, Slot = slot };
        }

        deferred.Reason = reason;
        return deferred;
    }

    private bool TryJoin(ParsedDelivery delivery)
    {
        if (delivery.Command is not { } command || !cases.TryGetValue(command.CaseReference, out var deferred))
        {
            return false;
        }

        Join(deferred, delivery.Delivery);
        if (deferred.State is DeferredState.New)
        {
            MakeDue(deferred);
        }

        return true;
    }

    private static void Join(DeferredCase deferred, Delivery delivery)
    {
        deferred.Waiting.Enqueue(delivery);
        delivery.Channel.Defer(delivery.Tag);
    }

    private void BackOff(DeferredCase deferred, Exception error)
    {
        if (deferred.Attempts++ == 0)
        {
            deferred.FailedAt = time.GetTimestamp();
        }

        deferred.Error = error;
        deferred.Reason = error.GetBaseException().Message;
        deferred.State = DeferredState.BackingOff;
        deferred.Timer?.Dispose();
        deferred.Timer = time.CreateTimer(_ => EndBackOff(deferred), null, Backoff.Default.DelayAfter(deferred.Attempts), Timeout.InfiniteTimeSpan);
    }

    private void EndBackOff(DeferredCase deferred)
    {
        lock (gate)
        {
            if (deferred.State is DeferredState.BackingOff)
            {
                MakeDue(deferred);
            }
        }
    }

    private void MakeDue(DeferredCase deferred)
    {
        deferred.State = DeferredState.Due;
        due.Enqueue(deferred);
        HandOut();
    }

    private void HandOut()
    {
        while (!isComplete && idleWorkers.Count > 0 && due.TryDequeue(out var deferred))
        {
            deferred.State = DeferredState.InBatch;
            idleWorkers.Dequeue().SetResult(new DeferredBatch(this, deferred, deferred.Attempts == 0 ? TimeSpan.Zero : time.GetElapsedTime(deferred.FailedAt)));
        }

        while (isComplete && idleWorkers.TryDequeue(out var worker))
        {
            worker.SetResult(null);
        }
    }
}

/// <summary>A case that is processed by itself. Everything in it is guarded by <see cref="DeferredCases"/>.</summary>
internal sealed class DeferredCase
{
    public required long Reference { get; init; }

    public required int Slot { get; init; }

    public Queue<Delivery> Waiting { get; set; } = [];

    public DeferredState State { get; set; }

    /// <summary>Failed attempts of its first command.</summary>
    public int Attempts { get; set; }

    /// <summary>When its first command failed for the first time: a timestamp.</summary>
    public long FailedAt { get; set; }

    /// <summary>Why its first command failed last; null if it did not.</summary>
    public Exception? Error { get; set; }

    public string Reason { get; set; } = "";

    public ITimer? Timer { get; set; }
}

/// <summary>Where a deferred case stands.</summary>
internal enum DeferredState
{
    /// <summary>Nothing of it waits yet.</summary>
    New,

    /// <summary>Waits for its back-off to end.</summary>
    BackingOff,

    /// <summary>Waits for a batch worker.</summary>
    Due,

    /// <summary>A batch worker has it.</summary>
    InBatch,
}

/// <summary>The first commands of one deferred case. Disposing it lets the next be taken.</summary>
internal sealed class DeferredBatch : IDisposable
{
    private readonly DeferredCases cases;
    private readonly DeferredCase deferred;

    /// <summary>Takes the commands. The caller holds the lock of the cases.</summary>
    internal DeferredBatch(DeferredCases cases, DeferredCase deferred, TimeSpan deferredFor)
    {
        (this.cases, this.deferred) = (cases, deferred);
        (Attempts, Error, DeferredFor) = (deferred.Attempts, deferred.Error, deferredFor);
        for (long size = 0; size < BatchDispatcher.LargestBatch && Deliveries.Count < MaxCommands && deferred.Waiting.TryDequeue(out var delivery); size += delivery.Size)
        {
            Deliveries.Add(delivery);
        }
    }

    /// <summary>Commands of one case that are processed together.</summary>
    private const int MaxCommands = 400;

    public List<Delivery> Deliveries { get; } = [];

    /// <summary>Failed attempts of its first command so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Why its first command failed last; null if it did not.</summary>
    public Exception? Error { get; }

    /// <summary>How long ago its first command failed for the first time; zero if it did not.</summary>
    public TimeSpan DeferredFor { get; private set; }

    /// <summary>The first commands are committed: what comes next has not failed yet.</summary>
    public void Advance()
    {
        (Attempts, DeferredFor) = (0, TimeSpan.Zero);
        cases.Advance(deferred);
    }

    /// <summary>The first of these failed: they wait again.</summary>
    public void PutBack(IEnumerable<Delivery> rest, Exception error) => cases.PutBack(deferred, rest, error);

    public void Dispose() => cases.Release(deferred);
}
