namespace CaseWorker.RabbitMq;

/// <summary>
/// Tracks which publishes of a channel the broker has answered. The broker numbers them 1, 2, 3 … and answers one by one or many at once,
/// not always in their order.
/// </summary>
/// <param name="answered">
/// Called once for each publish, with its number and whether the broker has taken it. It is called under a lock, in the thread that reads
/// from the broker, and must return at once. Null for a caller that only waits.
/// </param>
internal sealed class ConfirmTracker(Action<ulong, bool>? answered)
{
    private readonly Lock gate = new();
    private readonly HashSet<ulong> ahead = [];
    private readonly HashSet<ulong> refused = [];
    private ulong upTo;
    private ulong awaited;
    private TaskCompletionSource? waiter;
    private bool hasEnded;

    /// <summary>Takes an answer of the broker.</summary>
    /// <param name="number">The publish's number.</param>
    /// <param name="multiple">Whether the answer is for all earlier publishes too that have none yet.</param>
    /// <param name="isConfirmed">False if the broker could not take it.</param>
    public void Answer(ulong number, bool multiple, bool isConfirmed)
    {
        lock (gate)
        {
            for (var each = multiple ? upTo + 1 : number; each <= number; each++)
            {
                if (each > upTo && ahead.Add(each))
                {
                    Note(each, isConfirmed);
                }
            }

            while (ahead.Remove(upTo + 1))
            {
                upTo++;
            }

            CompleteWait();
        }
    }

    /// <summary>The channel is closed: a publish without an answer will not get one.</summary>
    public void End()
    {
        lock (gate)
        {
            hasEnded = true;
            CompleteWait();
        }
    }

    /// <summary>Completes when everything up to this publish is answered, or the channel is closed. One caller waits at a time.</summary>
    public Task AnsweredUpToAsync(ulong number)
    {
        lock (gate)
        {
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            awaited = number;
            var completion = waiter.Task;
            CompleteWait();
            return completion;
        }
    }

    /// <summary>Whether the broker has taken this publish.</summary>
    public bool IsConfirmed(ulong number)
    {
        lock (gate)
        {
            return (number <= upTo || ahead.Contains(number)) && !refused.Contains(number);
        }
    }

    /// <summary>Forgets which publishes were refused. Call it when nobody asks for them any more.</summary>
    public void Forget()
    {
        lock (gate)
        {
            refused.Clear();
        }
    }

    private void Note(ulong number, bool isConfirmed)
    {
        if (answered is not null)
        {
            answered(number, isConfirmed);
        }
        else if (!isConfirmed)
        {
            refused.Add(number);
        }
    }

    private void CompleteWait()
    {
        if (waiter is not null && (hasEnded || upTo >= awaited))
        {
            waiter.SetResult();
            waiter = null;
        }
    }
}
