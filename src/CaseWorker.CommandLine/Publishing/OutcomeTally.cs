using CaseWorker.Contracts;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>
/// Counts the answers to the commands that this run published. A command id published n times is answered n times: the first delivery
/// of an outcome id counts as an outcome, the others as that outcome given again. What comes beyond that is a redelivery and counts nothing.
/// </summary>
internal sealed class OutcomeTally
{
    /// <summary>Refusals that are kept to be shown; all others are only counted.</summary>
    public const int ShownRefusals = 20;

    private readonly Lock gate = new();
    private readonly Dictionary<Guid, int> missing = [];
    private readonly HashSet<Guid> seen = [];
    private readonly HashSet<Guid> parked = [];
    private readonly SortedDictionary<string, long> conflicted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> rejected = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> ownActions = new(StringComparer.Ordinal);
    private readonly List<Refusal> refusals = [];
    private readonly TaskCompletionSource complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long published;
    private long accepted;
    private long changed;
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

    /// <returns>Whether this is the first delivery of an outcome to a command of this run.</returns>
    public bool Answer(OutcomeDelivery delivery)
    {
        lock (gate)
        {
            if (!missing.TryGetValue(delivery.CommandId, out var count))
            {
                return false;
            }

            if (delivery.Outcome is "parked")
            {
                parked.Add(delivery.CommandId);
                return false;
            }

            var isFirst = seen.Add(delivery.OutcomeId);
            if (isFirst)
            {
                Count(delivery);
            }
            else
            {
                duplicates++;
            }

            parked.Remove(delivery.CommandId);
            Settle(delivery.CommandId, count);
            return isFirst;
        }
    }

    /// <param name="skipped">Lines that were left out.</param>
    /// <param name="publishing">From the first publish to the last confirm.</param>
    /// <param name="elapsed">From the first publish to the last outcome.</param>
    public OutcomeSummary Sum(long skipped, TimeSpan publishing, TimeSpan elapsed)
    {
        lock (gate)
        {
            return new OutcomeSummary(
                published,
                skipped,
                accepted,
                changed,
                unchanged,
                notes,
                new(ownActions, StringComparer.Ordinal),
                new(conflicted, StringComparer.Ordinal),
                new(rejected, StringComparer.Ordinal),
                [.. refusals],
                duplicates,
                Missing,
                [.. missing.Keys.Take(5)],
                parked.Count,
                publishing,
                elapsed);
        }
    }

    private void Settle(Guid commandId, int count)
    {
        if (count == 1)
        {
            missing.Remove(commandId);
        }
        else
        {
            missing[commandId] = count - 1;
        }

        CompleteIfAllIsThere();
    }

    private void Count(OutcomeDelivery delivery)
    {
        switch (delivery.Outcome)
        {
            case "accepted":
                accepted++;
                CountAccepted(delivery);
                break;
            case "conflicted":
                conflicted[delivery.Reason] = conflicted.GetValueOrDefault(delivery.Reason) + 1;
                break;
            default:
                rejected[delivery.Reason] = rejected.GetValueOrDefault(delivery.Reason) + 1;
                break;
        }

        if (delivery.Refusal is { } refusal && refusals.Count < ShownRefusals)
        {
            refusals.Add(refusal);
        }
    }

    /// <summary>An own action may change rows of its own: that the JSON stayed the same would say the wrong thing of it.</summary>
    private void CountAccepted(OutcomeDelivery delivery)
    {
        switch (delivery.Action)
        {
            case CaseActions.NoteAdd:
                notes++;
                break;
            case null or CaseActions.CaseCreate or CaseActions.CaseReplace or CaseActions.CaseMerge:
                changed += delivery.Changed ? 1 : 0;
                unchanged += delivery.Changed ? 0 : 1;
                break;
            case { } own:
                ownActions[own] = ownActions.GetValueOrDefault(own) + 1;
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
