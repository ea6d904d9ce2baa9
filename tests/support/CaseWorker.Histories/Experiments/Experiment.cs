namespace CaseWorker.Histories.Experiments;

/// <summary>One kind of fault, injected under load. A new experiment is a class that gives these, and a line in <see cref="All"/>.</summary>
internal abstract class Experiment
{
    public static IReadOnlyList<Experiment> All { get; } =
    [
        new KillWorker(),
        new RestartWorkers(),
        new KillPostgres(),
        new KillRabbit(),
        new FreezeWorker(),
        new CutPostgres(),
        new CutRabbit(),
        new Scale(),
        new TakeOver(),
        new Zombie(),
        new OutcastFromPostgres(),
        new OutcastFromRabbit(),
    ];

    /// <summary>As it is asked for on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, in a few words.</summary>
    public abstract string Summary { get; }

    /// <summary>Places for workers.</summary>
    public virtual int Workers => 2;

    /// <summary>Workers that run at the start.</summary>
    public virtual int WorkersAtStart => Workers;

    /// <summary>Does the harm and ends it: when this returns, everything is there again that the load needs.</summary>
    public abstract Task InjectAsync(ExperimentContext context);
}
