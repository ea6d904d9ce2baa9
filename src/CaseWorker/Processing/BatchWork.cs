using CaseWorker.RabbitMq;

namespace CaseWorker.Processing;

/// <summary>What a batch worker has taken: commands of some slots, or of one deferred case.</summary>
internal interface IBatchWork : IDisposable
{
    /// <summary>In the order of the queues.</summary>
    IReadOnlyList<Delivery> Deliveries { get; }

    /// <summary>Failed attempts of the first command so far.</summary>
    int Attempts { get; }

    /// <summary>How long the first command has been deferred.</summary>
    TimeSpan DeferredFor { get; }

    /// <summary>How long a registered action may take for one command; null for the action's own limit.</summary>
    TimeSpan? ActionTime { get; }

    /// <summary>Why the first command failed last; null if it did not.</summary>
    Exception? LastError { get; }

    /// <summary>What can be processed of these now, in order.</summary>
    List<ParsedDelivery> Select(List<ParsedDelivery> rest);

    /// <summary>A part of it is committed.</summary>
    void OnCommitted();

    /// <summary>Takes the commands of cases that cannot go on out of it; they are tried again later.</summary>
    /// <returns>What is left, in order.</returns>
    List<ParsedDelivery> Defer(List<ParsedDelivery> rest, IReadOnlyCollection<long> cases, Exception error);
}

/// <summary>Commands of some slots. A case that cannot go on leaves it.</summary>
internal sealed class SlotWork(BatchDispatcher.Batch batch, DeferredCases deferredCases) : IBatchWork
{
    public IReadOnlyList<Delivery> Deliveries => batch.Deliveries;

    public int Attempts => 0;

    public TimeSpan DeferredFor => TimeSpan.Zero;

    public TimeSpan? ActionTime => SlowActions.VerySlow;

    public Exception? LastError => null;

    public List<ParsedDelivery> Select(List<ParsedDelivery> rest) => deferredCases.LeaveOut(rest);

    public void OnCommitted() => batch.EndCommitWindow();

    public List<ParsedDelivery> Defer(List<ParsedDelivery> rest, IReadOnlyCollection<long> cases, Exception error)
    {
        foreach (var reference in cases)
        {
            deferredCases.Defer(reference, [.. rest.Where(delivery => delivery.Command?.CaseReference == reference)], error);
        }

        return [.. rest.Where(delivery => delivery.Command is not { } command || !cases.Contains(command.CaseReference))];
    }

    public void Dispose() => batch.Dispose();
}

/// <summary>Commands of one deferred case. If it still cannot go on, all of them wait.</summary>
internal sealed class DeferredWork(DeferredBatch batch) : IBatchWork
{
    public IReadOnlyList<Delivery> Deliveries => batch.Deliveries;

    public int Attempts => batch.Attempts;

    public TimeSpan DeferredFor => batch.DeferredFor;

    public TimeSpan? ActionTime => null;

    public Exception? LastError => batch.Error;

    public List<ParsedDelivery> Select(List<ParsedDelivery> rest) => rest;

    public void OnCommitted() => batch.Advance();

    public List<ParsedDelivery> Defer(List<ParsedDelivery> rest, IReadOnlyCollection<long> cases, Exception error)
    {
        batch.PutBack(rest.Select(delivery => delivery.Delivery), error);
        return [];
    }

    public void Dispose() => batch.Dispose();
}
