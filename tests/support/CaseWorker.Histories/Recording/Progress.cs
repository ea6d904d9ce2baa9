namespace CaseWorker.Histories.Recording;

/// <summary>How many commands have their outcome, and who waits for how many.</summary>
internal sealed class Progress
{
    private readonly Lock gate = new();
    private readonly HashSet<Guid> answered = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];

    /// <summary>Commands with at least one outcome.</summary>
    public int Answered
    {
        get
        {
            lock (gate)
            {
                return answered.Count;
            }
        }
    }

    public void Received(IEnumerable<Delivered> outcomes)
    {
        lock (gate)
        {
            answered.UnionWith(outcomes.Select(entry => entry.CommandId));
            foreach (var reached in waiting.Where(entry => entry.Count <= answered.Count))
            {
                reached.Reached.TrySetResult();
            }

            waiting.RemoveAll(entry => entry.Count <= answered.Count);
        }
    }

    /// <exception cref="TimeoutException">That many were not answered within the time.</exception>
    public async Task ReachAsync(int count, TimeSpan time)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (answered.Count >= count)
            {
                return;
            }

            waiting.Add((count, reached));
        }

        try
        {
            await reached.Task.WaitAsync(time);
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"Waited {time.TotalSeconds:N0} s for {count} answered commands; there are {Answered}", error);
        }
    }
}
