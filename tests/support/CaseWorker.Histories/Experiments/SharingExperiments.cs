namespace CaseWorker.Histories.Experiments;

/// <summary>Workers come and go: 1, 4, 2, 4, 1.</summary>
internal sealed class Scale : Experiment
{
    public override string Name => "scale";

    public override string Summary => "1 worker, then 4, 2, 4 and 1 again";

    public override int Workers => 4;

    public override int WorkersAtStart => 1;

    public override async Task InjectAsync(ExperimentContext context)
    {
        foreach (var count in new[] { 4, 2, 4, 1 })
        {
            var hosts = context.Hosts.OrderBy(_ => context.Random.Next()).ToList();
            await Task.WhenAll(hosts.Where(host => host.IsRunning).Skip(count).Select(host => host.StopAsync()));
            await Task.WhenAll(hosts.Where(host => !host.IsRunning).Take(count - hosts.Count(host => host.IsRunning)).Select(host => host.StartAsync()));
            await context.Workspace.EvenAsync(count);
        }
    }
}

/// <summary>kill -9 of one of three; the others take over before it is replaced.</summary>
internal sealed class TakeOver : Experiment
{
    public override string Name => "take-over";

    public override string Summary => "kill -9 of one of three; the others take its slots; another is started";

    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext context)
    {
        var host = context.AnyHost();
        await host.KillAsync();
        await context.Workspace.EvenAsync(Workers - 1);
        await host.StartAsync();
        await context.Workspace.EvenAsync(Workers);
    }
}

/// <summary>SIGSTOP of one of three until the others have its slots; then it wakes up in the middle of what it was doing.</summary>
internal sealed class Zombie : Experiment
{
    public override string Name => "zombie";

    public override string Summary => "SIGSTOP of one of three until the others have its slots, then SIGCONT";

    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext context)
    {
        var host = context.AnyHost();
        host.Worker.Freeze();
        await context.Workspace.EvenAsync(Workers - 1);
        host.Worker.Thaw();

        await host.ComeBackAsync(Workers);
    }
}

/// <summary>One of three cannot reach one of its servers until the others have its slots.</summary>
internal abstract class Outcast : Experiment
{
    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext context)
    {
        var host = context.AnyHost();
        var mend = context.CutOff(Between(host));
        await context.Workspace.EvenAsync(Workers - 1);
        mend();
        await host.ComeBackAsync(Workers);
    }

    protected abstract NetworkProxy Between(WorkerHost host);
}

internal sealed class OutcastFromPostgres : Outcast
{
    public override string Name => "outcast-postgres";

    public override string Summary => "one of three is cut off from PostgreSQL until the others have its slots";

    protected override NetworkProxy Between(WorkerHost host) => host.Database;
}

internal sealed class OutcastFromRabbit : Outcast
{
    public override string Name => "outcast-rabbitmq";

    public override string Summary => "one of three is cut off from RabbitMQ until the others have its slots";

    protected override NetworkProxy Between(WorkerHost host) => host.Broker;
}
