using System.Diagnostics;
using CaseWorker.Benchmarks.Traffic;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>The queues are filled while no worker runs; measured is from the worker's first delivery to the last outcome received.</summary>
internal static class DrainRun
{
    private const double StartSeconds = 60;
    private const double DrainSeconds = 600;

    public static async Task<Measurement> MeasureAsync(Run run, Contestant contestant, Measurement blank, CancellationToken stop)
    {
        if (contestant == Contestant.DatabaseCeiling)
        {
            return await DatabaseAsync(run, blank, stop);
        }

        await run.StartTrafficAsync(stop);
        await run.AskAsync(new TrafficOrder(TrafficOrder.Fill, Count: run.Plan.Count), stop);
        await using var worker = contestant.Start(run.Arena);
        worker.DropOutput();
        var first = await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitDelivery, Seconds: StartSeconds), stop);
        var before = run.CpuNow(worker);
        await using var memory = new MemoryWatch(worker.Id);
        var last = await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitOutcomes, Seconds: DrainSeconds), stop);
        var cpu = run.CpuNow(worker) - before;
        var measured = blank with
        {
            Commands = run.Plan.Count,
            PerSecond = run.Plan.Count / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds,
            WarmPerSecond = run.Plan.Count * (2 / 3.0) / Stopwatch.GetElapsedTime(last.ThirdAt, last.At).TotalSeconds,
            Cpu = cpu.PerThousand(run.Plan.Count),
            PeakMemory = CpuClock.PeakMemoryOf(worker.Id),
            MemoryGrowth = memory.Growth,
        };
        await worker.StopAsync();
        return contestant.IsCeiling ? measured : await run.AuditedAsync(measured, stop);
    }

    private static async Task<Measurement> DatabaseAsync(Run run, Measurement blank, CancellationToken stop)
    {
        await using var ceiling = ChildProcess.Self(Contestant.DatabaseCeiling.Name, run.Arena.Environment, run.PlanFilePath);
        async Task<long> SaysWhenAsync() => TrafficJson.Read<TrafficAnswer>(await ceiling.ReadLineAsync(stop) ?? throw new BenchmarkException($"The ceiling's process ended:\n{ceiling.Errors}")).At;

        await ceiling.SaysAsync(ChildProcess.SignOfStart, stop);
        var before = run.CpuNow(ceiling);
        await ceiling.WriteLineAsync("go");
        var (first, last) = (await SaysWhenAsync(), await SaysWhenAsync());
        var measured = blank with
        {
            Commands = run.Plan.Count,
            PerSecond = run.Plan.Count / Stopwatch.GetElapsedTime(first, last).TotalSeconds,
            Cpu = (run.CpuNow(ceiling) - before).PerThousand(run.Plan.Count),
            PeakMemory = CpuClock.PeakMemoryOf(ceiling.Id),
        };
        await ceiling.WriteLineAsync("end");
        return await run.AuditedAsync(measured, stop);
    }
}
