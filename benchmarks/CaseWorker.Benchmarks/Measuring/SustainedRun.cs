using CaseWorker.Benchmarks.Traffic;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>
/// Publisher, worker and subscriber at once: the highest rate at which the backlog stays flat. First the publisher keeps a fixed backlog, which
/// shows what the worker can take; then rates around that are tried in steps, by the clock, until the best one that holds is known.
/// </summary>
internal static class SustainedRun
{
    private const double StepFactor = 1.06;
    private const int MaxSteps = 8;
    private const double LeastRate = 10;
    private const double SettleSeconds = 120;

    /// <summary>Commands that a search may need in all, for a worker of this speed.</summary>
    /// <param name="perSecond">What it drained.</param>
    /// <param name="seconds">Of a step.</param>
    public static int CommandsFor(double perSecond, double seconds) => (int)Math.Clamp(perSecond * 1.5 * seconds * (MaxSteps + 2), 2_000, 600_000);

    public static async Task<Measurement> MeasureAsync(Run run, Contestant contestant, Measurement blank, double seconds, double expected, CancellationToken stop)
    {
        await run.StartTrafficAsync(stop);
        await using var worker = contestant.Start(run.Arena);
        await worker.SaysAsync(ChildProcess.SignOfStart, stop);
        worker.DropOutput();

        // Two seconds' worth of commands are always there; the first time is for the compiler to warm up.
        var window = (int)Math.Clamp(expected * 2, 100, 10_000);
        await run.AskAsync(new TrafficOrder(TrafficOrder.Window, Count: window, Seconds: seconds), stop);
        var taken = await run.AskAsync(new TrafficOrder(TrafficOrder.Window, Count: window, Seconds: seconds), stop);
        var best = await SearchAsync(run, worker, Math.Max(LeastRate, Math.Max(taken.PerSecond, expected / 2)), seconds, stop);

        var measured = blank with
        {
            Commands = best.Commands,
            PerSecond = best.PerSecond,
            Cpu = best.Cpu,
            PeakMemory = CpuClock.PeakMemoryOf(worker.Id),
        };
        // The last step may not have held: what it left is still to be answered and checked.
        await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitOutcomes, Seconds: SettleSeconds), stop);
        await worker.StopAsync();
        return await run.AuditedAsync(measured, stop);
    }

    /// <summary>Upwards in steps while it holds, downwards in double steps while it does not, until the next step up is known to fail.</summary>
    /// <param name="run">Its plan bounds the search too.</param>
    /// <param name="worker">Warm.</param>
    /// <param name="rate">Where to begin, commands a second.</param>
    /// <param name="seconds">Of a step.</param>
    /// <param name="stop">Ends the search.</param>
    /// <returns>The highest that held; a rate of 0 if none did.</returns>
    private static async Task<Step> SearchAsync(Run run, ChildProcess worker, double rate, double seconds, CancellationToken stop)
    {
        var (best, failed) = (default(Step), double.PositiveInfinity);
        for (var tries = 0; tries < MaxSteps && failed > best.PerSecond * StepFactor * 1.001; tries++)
        {
            var settled = await run.AskAsync(new TrafficOrder(TrafficOrder.AwaitOutcomes, Seconds: SettleSeconds), stop);
            if (settled.Published + (rate * seconds) > run.Plan.Count)
            {
                return best.Holds ? best : throw new BenchmarkException($"All {settled.Published} commands that were made for the search are sent, and no rate held.");
            }

            var step = await TryAsync(run, worker, rate, seconds, stop);
            (best, failed) = step.Holds ? (step, failed) : (best, rate);
            rate = best.Holds ? best.PerSecond * StepFactor : rate / StepFactor / StepFactor;
        }

        return best;
    }

    private static async Task<Step> TryAsync(Run run, ChildProcess worker, double rate, double seconds, CancellationToken stop)
    {
        var before = run.CpuNow(worker);
        var answer = await run.AskAsync(new TrafficOrder(TrafficOrder.Rate, PerSecond: rate, Seconds: seconds), stop);
        var commands = (int)(rate * seconds);
        return new Step(IsFlat(answer, rate), rate, commands, (run.CpuNow(worker) - before).PerThousand(commands));
    }

    /// <summary>Flat: at the end at most half a second's worth is under way, and at most a tenth of a second's more than halfway through.</summary>
    private static bool IsFlat(TrafficAnswer answer, double rate) =>
        answer.BatchDispatcher <= rate / 2 && answer.BatchDispatcher <= answer.BacklogHalfway + (rate / 10);

    private readonly record struct Step(bool Holds, double PerSecond, int Commands, CpuShare? Cpu);
}
