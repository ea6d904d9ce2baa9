namespace CaseWorker.Histories.Experiments;

internal sealed class KillWorker : Experiment
{
    public override string Name => "kill-worker";

    public override string Summary => "kill -9 of one worker; another is started";

    public override async Task InjectAsync(ExperimentContext context)
    {
        var host = context.AnyHost();
        await host.KillAsync();
        await host.StartAsync();
    }
}

internal sealed class RestartWorkers : Experiment
{
    public override string Name => "restart-workers";

    public override string Summary => "SIGTERM and a new start, one worker after the other";

    public override async Task InjectAsync(ExperimentContext context)
    {
        foreach (var host in context.Hosts)
        {
            await host.StopAsync();
            await host.StartAsync();
        }
    }
}

internal sealed class FreezeWorker : Experiment
{
    public override string Name => "freeze-worker";

    public override string Summary => "SIGSTOP of one worker, SIGCONT after a while";

    public override async Task InjectAsync(ExperimentContext context)
    {
        var host = context.AnyHost();
        host.Worker.Freeze();
        await context.PassAsync(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2));
        host.Worker.Thaw();
    }
}
