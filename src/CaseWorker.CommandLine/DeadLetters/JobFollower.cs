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

        var job = await WatchAsync(() => FindAsync(operations, id, cancellationToken), TimeProvider.System, cancellationToken);
        ReplayReport.WriteEnded(request, job);
        return CodeOf(job);
    }

    /// <summary>Watches a job to its end, and shows it.</summary>
    public static async Task<int> FollowAsync(DeadLetterOperations operations, Guid id, bool json, CancellationToken cancellationToken)
    {
        var job = await WatchAsync(() => FindAsync(operations, id, cancellationToken), TimeProvider.System, cancellationToken);
        JobListing.WriteWhole(job, json);
        return CodeOf(job);
    }

    /// <returns>0 when everything was replayed, 1 when a command failed again, was set aside meanwhile, or the job was cancelled.</returns>
    internal static int CodeOf(OperatorJob job) => job is { State: "finished", Failed: 0 } && job.Done >= job.Total ? CommandRunner.Ok : CommandRunner.Failed;

    /// <summary>Watches a job to its end.</summary>
    /// <param name="find">Reads the job.</param>
    /// <param name="time">The clock by which it is read again.</param>
    /// <param name="cancellationToken">Ends the watching, not the job.</param>
    /// <returns>The job at its end.</returns>
    internal static async Task<OperatorJob> WatchAsync(Func<Task<OperatorJob>> find, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var job = await find();
        await CommandRunner.Error.Progress().StartAsync(async progress =>
        {
            var task = progress.AddTask("replaying", maxValue: Math.Max(1, job.Total));
            for (; job.FinishedAt is null; job = await find())
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
