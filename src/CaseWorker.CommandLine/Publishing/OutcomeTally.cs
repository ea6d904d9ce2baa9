using CaseWorker.Contracts;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>
/// Counts the answers to the commands that this run published. A command id published n times is answered n times: the first delivery
/// of an outcome id counts as an outcome, the others as that outcome given again. What comes beyond that is a redelivery and counts nothing.
/// </summary>
internal sealed class OutcomeTally
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, int> missing = [];
    private readonly HashSet<Guid> seen = [];
    private readonly HashSet<Guid> parked = [];
    private readonly SortedDictionary<string, long> conflicted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> rejected = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long published;
    private long accepted;
    private long unchanged;
    private long notes;
    private long duplicates;
    private bool isClosed;

    /// <summary>Completes when nothing more will be published and every command has its answer.</summary>
    public Task Complete => complete.Task;

    /// <summary>Answers that counted.</summary>
    public long Answered
    {
        get
        {
            lock (gate)
            {
                return published - Missing;
            }
        }
    }

    private long Missing => missing.Values.Sum(count => (long)count);

    /// <summary>Called before the command is published: its answer may be quicker than the broker's confirm.</summary>
    public void Expect(Guid commandId)
    {
        lock (gate)
        {
            published++;
            missing[commandId] = missing.GetValueOrDefault(commandId) + 1;
        }
    }

    /// <summary>Nothing more is published.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            CompleteIfAllIsThere();
        }
    }

    public void Answer(OutcomeDelivery delivery)
    {
        lock (gate)
        {
            if (!missing.TryGetValue(delivery.CommandId, out var count))
            {
                return;
            }

            if (delivery.Outcome is "parked")
            {
                parked.Add(delivery.CommandId);
                return;
            }

            if (seen.Add(delivery.OutcomeId))
            {
                Count(delivery);
            }
            else
            {
                duplicates++;
            }

            parked.Remove(delivery.CommandId);
            if (count == 1)
            {
                missing.Remove(delivery.CommandId);
            }
            else
            {
                missing[delivery.CommandId] = count - 1;
            }

            CompleteIfAllIsThere();
        }
    }

    public OutcomeSummary Sum(long skipped, TimeSpan elapsed)
    {
        lock (gate)
        {
            return new OutcomeSummary(published, skipped, accepted, unchanged, notes, new(conflicted, StringComparer.Ordinal), new(rejected, StringComparer.Ordinal), duplicates, Missing, [.. missing.Keys.Take(5)], parked.Count, elapsed);
        }
    }

    private void Count(OutcomeDelivery delivery)
    {
        switch (delivery.Outcome)
        {
            case "accepted":
                accepted++;
                notes += delivery.Action is CaseActions.NoteAdd ? 1 : 0;
                unchanged += delivery.Action is not CaseActions.NoteAdd && !delivery.Changed ? 1 : 0;
                break;
            case "conflicted":
                conflicted[delivery.Reason] = conflicted.GetValueOrDefault(delivery.Reason) + 1;
                break;
            default:
                rejected[delivery.Reason] = rejected.GetValueOrDefault(delivery.Reason) + 1;
                break;
        }
    }

    private void CompleteIfAllIsThere()
    {
        if (isClosed && missing.Count == 0)
        {
            complete.TrySetResult();
        }
    }
}

/// <summary>What became of the published commands.</summary>
/// <param name="Published">Commands the broker took over.</param>
/// <param name="Skipped">Lines that were no commands.</param>
/// <param name="Accepted">Accepted, notes and unchanged ones included.</param>
/// <param name="Unchanged">Accepted without a change, notes aside.</param>
/// <param name="Notes">Accepted notes.</param>
/// <param name="Conflicted">By reason.</param>
/// <param name="Rejected">By reason.</param>
/// <param name="Duplicates">Answered with the outcome that the same command had got before.</param>
/// <param name="Missing">Not answered.</param>
/// <param name="MissingIds">Some of those.</param>
/// <param name="Parked">Of those, how many wait behind a dead letter of their case.</param>
/// <param name="Elapsed">From the first publish to the last answer.</param>
internal sealed record OutcomeSummary(
    long Published,
    long Skipped,
    long Accepted,
    long Unchanged,
    long Notes,
    SortedDictionary<string, long> Conflicted,
    SortedDictionary<string, long> Rejected,
    long Duplicates,
    long Missing,
    IReadOnlyList<Guid> MissingIds,
    int Parked,
    TimeSpan Elapsed);
