namespace CaseWorker.Histories.Experiments;

/// <summary>Where an experiment does harm: the servers, the workers, and the chance that the seed gives.</summary>
/// <param name="Servers">Of this run only.</param>
/// <param name="Workspace">Of this round only.</param>
/// <param name="Hosts">One for each worker.</param>
/// <param name="Random">Every choice comes from here, so that a seed repeats a run.</param>
internal sealed record ExperimentContext(PrivateServers Servers, Workspace Workspace, IReadOnlyList<WorkerHost> Hosts, Random Random)
{
    public WorkerHost AnyHost() => Hosts[Random.Next(Hosts.Count)];

    /// <summary>Lets nothing through: sometimes both ends are told, sometimes nobody is.</summary>
    /// <returns>What undoes it.</returns>
    public Action CutOff(NetworkProxy proxy)
    {
        var isTold = Random.Next(2) == 0;
        (isTold ? (Action)proxy.Close : proxy.Hold)();
        return isTold ? proxy.Open : proxy.Release;
    }

    /// <summary>Lets time pass while a fault lasts.</summary>
    /// <param name="from">At least so long.</param>
    /// <param name="to">At most so long.</param>
    public async Task PassAsync(TimeSpan from, TimeSpan to)
    {
        using var timer = new PeriodicTimer(from + ((to - from) * Random.NextDouble()));
        await timer.WaitForNextTickAsync();
    }
}
