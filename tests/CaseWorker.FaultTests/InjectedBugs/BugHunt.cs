using CaseWorker.Histories.Recording;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>A whole run of the real worker, into which a bug can be injected: a load is queued, worked off, recorded and judged.</summary>
internal static class BugHunt
{
    public const int BatchLimit = 10;

    /// <summary>Everything that the checks look at: conflicts, unchanged writes, repeats, notes, and one command id that is used again.</summary>
    public static IReadOnlyList<Planned> Load(int seed)
    {
        var plan = new LoadPlan(seed, caseCount: 8, commandCount: 400).Planned;
        var used = plan.First(planned => planned.Expected!.Outcome is "accepted").Command;
        return [.. plan, new Planned(CommandJson.Note(CommandJson.CaseOf(used), "another command", id: CommandJson.IdOf(used)), Expected: null)];
    }

    /// <param name="servers">The suite's.</param>
    /// <param name="replace">A bug in place of one of the worker's services.</param>
    /// <param name="sql">A bug in the database.</param>
    public static async Task<IReadOnlyList<Violation>> RunAsync(Servers servers, Action<IServiceCollection>? replace = null, string? sql = null)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        await using var recorder = await Recorder.OpenAsync(workspace, Load(seed: 4));
        if (sql is not null)
        {
            await workspace.ExecuteAsync(sql);
        }

        await QueueAsync(recorder);
        await WorkAsync(workspace, recorder, replace);
        return Checker.Check(await recorder.CompleteAsync());
    }

    /// <summary>All of the load is queued before anybody works, so that batches are full.</summary>
    public static Task QueueAsync(Recorder recorder)
    {
        recorder.Publish(ahead: int.MaxValue);
        return recorder.Publishing;
    }

    /// <summary>Works until nothing is left, and stops.</summary>
    public static async Task WorkAsync(Workspace workspace, Recorder recorder, Action<IServiceCollection>? replace = null)
    {
        do
        {
            await using var worker = await StartAsync(workspace, replace);
            await recorder.DrainedAsync();
        }
        while (await recorder.LeftAsync() > 0);
    }

    public static Task<InProcessWorker> StartAsync(Workspace workspace, Action<IServiceCollection>? replace = null) => InProcessWorker.StartAsync(
        workspace,
        builder =>
        {
            builder.Configuration["CaseWorker:Concurrency"] = "4";
            builder.Configuration["CaseWorker:BatchLimit"] = BatchLimit.ToString(System.Globalization.CultureInfo.InvariantCulture);
        },
        replace);
}
