using CaseWorker.Benchmarks.Traffic;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>A steady rate far below the limit: how long an outcome takes, from the moment its command was due.</summary>
internal static class SteadyRun
{
    private const double DrainSeconds = 300;

    public static async Task<Measurement> MeasureAsync(Run run, Contestant contestant, Measurement blank, double rate, double seconds, CancellationToken stop)
    {
        await run.StartTrafficAsync(stop);
        await using var worker = contestant.Start(run.Arena);
        await worker.SaysAsync(ChildProcess.SignOfStart, stop);
        worker.DropOutput();
        await run.AskAsync(new TrafficOrder(TrafficOrder.Rate, PerSecond: rate, Seconds: WarmUpSeconds(seconds)), stop);
        await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitOutcomes, Seconds: DrainSeconds), stop);

        var before = run.CpuNow(worker);
        var answer = await run.AskAsync(new TrafficOrder(TrafficOrder.Rate, PerSecond: rate, Seconds: seconds), stop);

        // All of them count, also those that a slow worker gives later.
        await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitOutcomes, Seconds: DrainSeconds), stop);
        var cpu = run.CpuNow(worker) - before;
        var latency = (await run.AskAsync(new TrafficOrder(TrafficOrder.Latency, Count: (int)(rate * seconds)), stop)).Latency;
        var measured = blank with
        {
            Commands = (int)(rate * seconds),
            PerSecond = answer.PerSecond,
            Cpu = cpu.PerThousand((int)(rate * seconds)),
            PeakMemory = CpuClock.PeakMemoryOf(worker.Id),
            Latency = latency,
        };
        await worker.StopAsync();
        return await run.AuditedAsync(measured, stop);
    }

    public static int CommandsFor(double rate, double seconds) => (int)(rate * (seconds + WarmUpSeconds(seconds))) + 1;

    private static double WarmUpSeconds(double seconds) => Math.Min(5, seconds);
}
