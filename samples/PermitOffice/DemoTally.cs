using CaseWorker.Contracts;

namespace PermitOffice;

/// <summary>Counts what was asked and what was answered.</summary>
internal sealed class DemoTally
{
    private const int RecentLatencies = 1_000;

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, HashSet<Guid>> outcomesOf = [];
    private readonly List<TimeSpan> latencies = [];
    private long sent;
    private long answered;
    private DemoNumbers numbers = new();

    /// <summary>Messages that are no commands, as they were sent.</summary>
    public List<byte[]> Broken { get; } = [];

    public IReadOnlyCollection<Guid> CommandIds
    {
        get
        {
            lock (gate)
            {
                return [.. outcomesOf.Keys];
            }
        }
    }

    /// <summary>Command ids that did not get exactly one outcome, however often it was delivered.</summary>
    public int WithoutOneOutcome
    {
        get
        {
            lock (gate)
            {
                return outcomesOf.Values.Count(outcomes => outcomes.Count != 1);
            }
        }
    }

    public long SentCount
    {
        get
        {
            lock (gate)
            {
                return sent;
            }
        }
    }

    public long BatchDispatcher
    {
        get
        {
            lock (gate)
            {
                return sent - answered;
            }
        }
    }

    public void Sent(Guid commandId, int times)
    {
        lock (gate)
        {
            sent += times;
            outcomesOf.TryAdd(commandId, []);
        }
    }

    public void Answered(CaseOutcome outcome, TimeSpan latency)
    {
        lock (gate)
        {
            answered++;
            latencies.Add(latency);
            if (!outcomesOf[outcome.CommandId].Add(outcome.OutcomeId))
            {
                numbers = numbers with { Repeated = numbers.Repeated + 1 };
                return;
            }

            numbers = outcome switch
            {
                CaseAccepted { Action: CaseActions.NoteAdd } => numbers with { Accepted = numbers.Accepted + 1, Notes = numbers.Notes + 1 },
                CaseAccepted { Changed: false } => numbers with { Accepted = numbers.Accepted + 1, Unchanged = numbers.Unchanged + 1 },
                CaseAccepted => numbers with { Accepted = numbers.Accepted + 1 },
                CaseConflicted => numbers with { Conflicted = numbers.Conflicted + 1 },
                _ => numbers with { Rejected = numbers.Rejected + 1 },
            };
        }
    }

    public void FoundDeadLetters(long count)
    {
        lock (gate)
        {
            numbers = numbers with { DeadLetters = count };
        }
    }

    /// <param name="all">Latencies of the whole run instead of the last thousand.</param>
    public DemoNumbers Look(bool all = false)
    {
        lock (gate)
        {
            var sorted = (all ? latencies : latencies.TakeLast(RecentLatencies)).Order().ToList();
            return numbers with
            {
                Sent = sent,
                Answered = answered,
                Median = sorted.Count == 0 ? null : sorted[sorted.Count / 2],
                Slowest = sorted.Count == 0 ? null : sorted[(int)(sorted.Count * 0.99)],
            };
        }
    }
}

/// <summary>The demo at one moment.</summary>
internal sealed record DemoNumbers
{
    public long Sent { get; init; }

    public long Answered { get; init; }

    public long Accepted { get; init; }

    public long Unchanged { get; init; }

    public long Notes { get; init; }

    public long Conflicted { get; init; }

    public long Rejected { get; init; }

    public long Repeated { get; init; }

    public long DeadLetters { get; init; }

    /// <summary>From publishing to the outcome: half are quicker.</summary>
    public TimeSpan? Median { get; init; }

    /// <summary>99 of 100 are quicker.</summary>
    public TimeSpan? Slowest { get; init; }

    public long BatchDispatcher => Sent - Answered;
}
