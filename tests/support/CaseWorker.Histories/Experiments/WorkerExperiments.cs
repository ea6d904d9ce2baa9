namespace CaseWorker.Histories.Experiments;

internal sealed class KillWorker : Experiment
{
    public override string Name => "kill-worker";

    public override string Summary => "kill -9 of one worker; another is started";

    public override async Task InjectAsync(ExperimentContext stage)
    {
        var seat = stage.AnySeat();
        await seat.KillAsync();
        await seat.StartAsync();
    }
}

internal sealed class RestartWorkers : Experiment
{
    public override string Name => "restart-workers";

    public override string Summary => "SIGTERM and a new start, one worker after the other";

    public override async Task InjectAsync(ExperimentContext stage)
    {
        foreach (var seat in stage.Seats)
        {
            await seat.StopAsync();
            await seat.StartAsync();
        }
    }
}

internal sealed class FreezeWorker : Experiment
{
    public override string Name => "freeze-worker";

    public override string Summary => "SIGSTOP of one worker, SIGCONT after a while";

    public override async Task InjectAsync(ExperimentContext stage)
    {
        var seat = stage.AnySeat();
        seat.Worker.Freeze();
        await stage.PassAsync(TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2));
        seat.Worker.Thaw();
    }
}
