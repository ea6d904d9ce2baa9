using CaseWorker.Benchmarks.Arena;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Benchmarks.Traffic;
using CaseWorker.TestSupport;
using Npgsql;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>What a measurement needs: the arena, the plan, the publisher's and subscriber's process, and the clocks.</summary>
internal sealed class Run : IAsyncDisposable
{
    private readonly PrivateServers servers;
    private readonly string planFile;
    private long eventsBefore;
    private TrafficProcess? traffic;

    private Run(PrivateServers servers, RunArena arena, IReadOnlyList<PlannedCommand> plan)
    {
        this.servers = servers;
        Arena = arena;
        Plan = plan;
        planFile = Path.Combine(servers.Folder, $"plan-{Guid.NewGuid():n}");
    }

    public RunArena Arena { get; }

    public IReadOnlyList<PlannedCommand> Plan { get; }

    public string PlanFilePath => planFile;

    public static async Task<Run> OpenAsync(PrivateServers servers, Workload workload, CaseDatabase? shared, IReadOnlyList<PlannedCommand> plan)
    {
        var arena = await RunArena.OpenAsync(servers, workload, shared);
        var run = new Run(servers, arena, plan);
        PlanFile.Write(run.planFile, plan);
        await using var head = arena.Database.Admin.CreateCommand("SELECT nonce FROM global_head");
        run.eventsBefore = (long)(await head.ExecuteScalarAsync())!;
        return run;
    }

    public async Task StartTrafficAsync(CancellationToken stop) => traffic = await TrafficProcess.StartAsync(Arena.Broker, planFile, stop);

    public Task<TrafficAnswer> AskAsync(TrafficOrder order, CancellationToken stop) => traffic!.AskAsync(order, stop);

    /// <summary>CPU seconds of everybody so far.</summary>
    public CpuShare CpuNow(ChildProcess worker) => new(
        CpuClock.Of(worker.Id),
        CpuClock.OfTree(servers.PostgresProcess),
        CpuClock.OfTree(servers.RabbitProcess),
        traffic is null ? 0 : CpuClock.Of(traffic.Id));

    /// <summary>Checks what was published so far against the tables and the outcomes, and adds the batch sizes.</summary>
    /// <param name="measurement">Without them.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<Measurement> AuditedAsync(Measurement measurement, CancellationToken stop)
    {
        var tally = traffic is null ? null : await AskAsync(new TrafficOrder(TrafficOrder.Tally), stop);
        await using var audit = await RunAudit.OpenAsync(Arena.Database, Plan.Take(tally?.Published ?? Plan.Count));
        return measurement with { Batches = await audit.BatchSizesAsync(), Problems = await audit.FindProblemsAsync(tally, eventsBefore) };
    }

    public async ValueTask DisposeAsync()
    {
        if (traffic is not null)
        {
            await traffic.DisposeAsync();
        }

        NpgsqlConnection.ClearAllPools();
        await Arena.DisposeAsync();
        File.Delete(planFile);
    }
}
