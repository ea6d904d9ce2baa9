namespace CaseWorker.Histories.Experiments;

internal sealed class KillPostgres : Experiment
{
    public override string Name => "kill-postgres";

    public override string Summary => "PostgreSQL is killed and started again";

    public override async Task InjectAsync(ExperimentContext context)
    {
        await context.Servers.KillPostgresAsync();
        await context.Servers.StartPostgresAsync();
    }
}

internal sealed class KillRabbit : Experiment
{
    public override string Name => "kill-rabbitmq";

    public override string Summary => "RabbitMQ is killed and started again";

    public override async Task InjectAsync(ExperimentContext context)
    {
        await context.Servers.KillRabbitAsync();
        await context.Servers.StartRabbitAsync();
    }
}
