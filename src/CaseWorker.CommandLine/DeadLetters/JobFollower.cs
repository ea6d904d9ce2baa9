using System.CommandLine;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>Watches a job to its end.</summary>
internal static class JobFollower
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);

    public static Option<bool> Option() => new("--wait") { Description = "Follows the job to its end; exit code 1 when a command failed again." };

    /// <summary>Says what became of a request, and watches its job where that is wanted. In JSON it is one object.</summary>
    public static async Task<int> ReportAsync(DeadLetterOperations operations, ReplayRequest request, bool wait, bool json, CancellationToken cancellationToken)
    {
        if (request.Job is not { } id || !wait)
        {
            ReplayReport.Write(request, json);
            return CommandRunner.Ok;
        }

        if (!json)
        {
            ReplayReport.Write(request, json);
            return await FollowAsync(operations, id, json, cancellationToken);
        }

        var job = await WatchAsync(operations, id, cancellationToken);
        ReplayReport.WriteEnded(request, job);
        return CodeOf(job);
    }

    /// <returns>0 when everything was replayed, 1 when a command failed again, was set aside meanwhile, or the job was cancelled.</returns>
    public static async Task<int> FollowAsync(DeadLetterOperations operations, Guid id, bool json, CancellationToken cancellationToken)
    {
        var job = await WatchAsync(operations, id, cancellationToken);
        JobListing.WriteWhole(job, json);
        return CodeOf(job);
    }

    private static int CodeOf(OperatorJob job) => job is { State: "finished", Failed: 0 } && job.Done >= job.Total ? CommandRunner.Ok : CommandRunner.Failed;

    /// <returns>The job at its end.</returns>
    private static async Task<OperatorJob> WatchAsync(DeadLetterOperations operations, Guid id, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        var job = await FindAsync(operations, id, cancellationToken);
        await CommandRunner.Error.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask("replaying", maxValue: Math.Max(1, job.Total));
            for (; job.FinishedAt is null; job = await FindAsync(operations, id, cancellationToken))
            {
                task.Value = job.Done;
                await timer.WaitForNextTickAsync(cancellationToken);
            }

            task.Value = job.Done;
        });
        return job;
    }

    private static async Task<OperatorJob> FindAsync(DeadLetterOperations operations, Guid id, CancellationToken cancellationToken) =>
        await operations.FindJobAsync(id, cancellationToken) ?? throw new CommandException($"Job {id} not found.");
}
