namespace CaseWorker.RabbitMq;

/// <summary>
/// Which of a channel's publishes the broker has answered: it numbers them 1, 2, 3 … and answers one by one or many at once, not always in
/// their order. The client could follow them too, but at the price of a task, a dictionary entry and a header for each message.
/// </summary>
internal sealed class ConfirmTracker
{
    private readonly Lock gate = new();
    private readonly HashSet<ulong> ahead = [];
    private readonly HashSet<ulong> refused = [];
    private ulong upTo;
    private ulong awaited;
    private TaskCompletionSource? waiter;
    private bool hasEnded;

    /// <summary>The broker's word.</summary>
    /// <param name="number">Of the publish.</param>
    /// <param name="multiple">Whether it holds for all before it that are not answered yet.</param>
    /// <param name="isConfirmed">False where the broker could not take it.</param>
    public void Answer(ulong number, bool multiple, bool isConfirmed)
    {
        lock (gate)
        {
            for (var one = multiple ? upTo + 1 : number; one <= number; one++)
            {
                if (ahead.Add(one) && !isConfirmed)
                {
                    refused.Add(one);
                }
            }

            while (ahead.Remove(upTo + 1))
            {
                upTo++;
            }

            Tell();
        }
    }

    /// <summary>The channel is closed: what is not answered by now never will be.</summary>
    public void End()
    {
        lock (gate)
        {
            hasEnded = true;
            Tell();
        }
    }

    /// <summary>Completes when everything up to this publish is answered, or the channel is closed. One waits at a time.</summary>
    public Task AnsweredUpToAsync(ulong number)
    {
        lock (gate)
        {
            (awaited, waiter) = (number, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            var answered = waiter.Task;
            Tell();
            return answered;
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

    /// <summary>Nobody asks any more for what went before.</summary>
    public void Forget()
    {
        lock (gate)
        {
            refused.Clear();
        }
    }

    private void Tell()
    {
        if (waiter is not null && (hasEnded || upTo >= awaited))
        {
            waiter.SetResult();
            waiter = null;
        }
    }
}
