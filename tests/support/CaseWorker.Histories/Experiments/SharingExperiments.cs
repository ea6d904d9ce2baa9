namespace CaseWorker.Histories.Experiments;

/// <summary>Workers come and go: 1, 4, 2, 4, 1.</summary>
internal sealed class Scale : Experiment
{
    public override string Name => "scale";

    public override string Summary => "1 worker, then 4, 2, 4 and 1 again";

    public override int Workers => 4;

    public override int WorkersAtStart => 1;

    public override async Task InjectAsync(ExperimentContext stage)
    {
        foreach (var count in new[] { 4, 2, 4, 1 })
        {
            var seats = stage.Seats.OrderBy(_ => stage.Random.Next()).ToList();
            await Task.WhenAll(seats.Where(seat => seat.IsTaken).Skip(count).Select(seat => seat.StopAsync()));
            await Task.WhenAll(seats.Where(seat => !seat.IsTaken).Take(count - seats.Count(seat => seat.IsTaken)).Select(seat => seat.StartAsync()));
            await stage.Workspace.EvenAsync(count);
        }
    }
}

/// <summary>kill -9 of one of three; the others take over before it is replaced.</summary>
internal sealed class TakeOver : Experiment
{
    public override string Name => "take-over";

    public override string Summary => "kill -9 of one of three; the others take its slots; another is started";

    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext stage)
    {
        var seat = stage.AnySeat();
        await seat.KillAsync();
        await stage.Workspace.EvenAsync(Workers - 1);
        await seat.StartAsync();
        await stage.Workspace.EvenAsync(Workers);
    }
}

/// <summary>SIGSTOP of one of three until the others have its slots; then it wakes up in the middle of what it was doing.</summary>
internal sealed class Zombie : Experiment
{
    public override string Name => "zombie";

    public override string Summary => "SIGSTOP of one of three until the others have its slots, then SIGCONT";

    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext stage)
    {
        var seat = stage.AnySeat();
        seat.Worker.Freeze();
        await stage.Workspace.EvenAsync(Workers - 1);
        seat.Worker.Thaw();

        await seat.ComeBackAsync();
        await stage.Workspace.EvenAsync(Workers);
    }
}

/// <summary>One of three cannot reach one of its servers until the others have its slots.</summary>
internal abstract class Outcast : Experiment
{
    public override int Workers => 3;

    public override async Task InjectAsync(ExperimentContext stage)
    {
        var seat = stage.AnySeat();
        var mend = stage.CutOff(Between(seat));
        await stage.Workspace.EvenAsync(Workers - 1);
        mend();
        await seat.ComeBackAsync();
        await stage.Workspace.EvenAsync(Workers);
    }

    protected abstract Gate Between(WorkerHost seat);
}

internal sealed class OutcastFromPostgres : Outcast
{
    public override string Name => "outcast-postgres";

    public override string Summary => "one of three is cut off from PostgreSQL until the others have its slots";

    protected override Gate Between(WorkerHost seat) => seat.Database;
}

internal sealed class OutcastFromRabbit : Outcast
{
    public override string Name => "outcast-rabbitmq";

    public override string Summary => "one of three is cut off from RabbitMQ until the others have its slots";

    protected override Gate Between(WorkerHost seat) => seat.Broker;
}
