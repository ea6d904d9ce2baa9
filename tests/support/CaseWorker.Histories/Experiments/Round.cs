using CaseWorker.Histories.Recording;

namespace CaseWorker.Histories.Experiments;

/// <summary>One load from its first command to its last outcome, with some faults on the way, and the judgement.</summary>
/// <param name="servers">For this round only, since it may kill them.</param>
/// <param name="commandCount">Messages published, in a database and a virtual host of the round's own.</param>
/// <param name="faultCount">Faults, spread over the load.</param>
internal sealed class Round(PrivateServers servers, int commandCount, int faultCount)
{
    private const int Slots = 8;

    /// <summary>Commands on their way: enough that every fault meets some in each place, few enough that publishing lasts as long as the round.</summary>
    private const int Ahead = 300;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public async Task<RoundResult> RunAsync(Experiment experiment, int seed)
    {
        var plan = new LoadPlan(seed, caseCount: 50, commandCount, onlyRight: true);
        await using var workspace = await Workspace.CreateAsync(servers, Slots);
        await workspace.DeclareQueuesAsync();
        await using var recorder = await Recorder.OpenAsync(workspace, plan.Planned, publisherCount: 2, subscriberCount: 2);
        var context = new ExperimentContext(servers, workspace, [.. Enumerable.Range(0, experiment.Workers).Select(_ => new WorkerHost(workspace))], new Random(seed));
        try
        {
            await Task.WhenAll(context.Hosts.Take(experiment.WorkersAtStart).Select(host => host.StartAsync()));
            recorder.Publish(Ahead);
            await HarmAsync(experiment, context, recorder, plan.Outcomes.Count);
            await recorder.Publishing.WaitAsync(Limit);
            await SettleAsync(context, recorder);
            return new RoundResult(commandCount, faultCount, Checker.Check(await recorder.CompleteAsync()));
        }
        catch (Exception error) when (error is TimeoutException or InvalidOperationException)
        {
            // It never became quiet: that is a violation, and what the workers printed says more.
            return new RoundResult(commandCount, faultCount, [new Violation("I8", $"{error.Message}\n{string.Join('\n', context.Hosts.Select(host => Tail(host.Output)))}")]);
        }
        finally
        {
            foreach (var host in context.Hosts)
            {
                await host.DisposeAsync();
            }
        }
    }

    private async Task HarmAsync(Experiment experiment, ExperimentContext context, Recorder recorder, int total)
    {
        for (var fault = 0; fault < faultCount; fault++)
        {
            // At a moment of the load, not of the clock: the seed gives it, however fast this machine is.
            await recorder.Progress.ReachAsync((int)(total * (fault + context.Random.NextDouble()) / (faultCount + 0.5)), Limit);
            await experiment.InjectAsync(context);
        }
    }

    /// <summary>Stops everything, and again where the broker did not take the last acknowledgements of a stopping worker.</summary>
    private static async Task SettleAsync(ExperimentContext context, Recorder recorder)
    {
        await StopAsync(context, recorder);
        for (var attempt = 0; attempt < 3 && await recorder.LeftAsync() > 0; attempt++)
        {
            await context.Hosts[0].StartAsync();
            await StopAsync(context, recorder);
        }
    }

    private static async Task StopAsync(ExperimentContext context, Recorder recorder)
    {
        await recorder.DrainedAsync();
        await Task.WhenAll(context.Hosts.Where(host => host.IsRunning).Select(host => host.StopAsync()));
    }

    private static string Tail(string output) => string.Join('\n', output.Split('\n')[^Math.Min(30, output.Split('\n').Length)..]);
}

/// <summary>How a round went.</summary>
internal sealed record RoundResult(int Commands, int Faults, IReadOnlyList<Violation> Violations);
