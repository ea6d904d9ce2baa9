namespace CaseWorker.Histories.Experiments;

/// <summary>One worker cannot reach one of its servers for a while; sometimes it is told (connections break), sometimes nothing passes.</summary>
internal abstract class Cut : Experiment
{
    public override async Task InjectAsync(ExperimentContext context)
    {
        var mend = context.CutOff(Between(context.AnyHost()));
        await context.PassAsync(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2));
        mend();
    }

    protected abstract NetworkProxy Between(WorkerHost host);
}

internal sealed class CutPostgres : Cut
{
    public override string Name => "cut-postgres";

    public override string Summary => "one worker is cut off from PostgreSQL only";

    protected override NetworkProxy Between(WorkerHost host) => host.Database;
}

internal sealed class CutRabbit : Cut
{
    public override string Name => "cut-rabbitmq";

    public override string Summary => "one worker is cut off from RabbitMQ only";

    protected override NetworkProxy Between(WorkerHost host) => host.Broker;
}
