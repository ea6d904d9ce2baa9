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

    /// <summary>Says what became of a request, and watches its job where that is wanted.</summary>
    public static Task<int> ReportAsync(DeadLetterOperations operations, ReplayRequest request, bool wait, bool json, CancellationToken cancellationToken)
    {
        ReplayReport.Write(request, json);
        return request.Job is { } job && wait ? FollowAsync(operations, job, json, cancellationToken) : Task.FromResult(CommandRunner.Ok);
    }

    /// <returns>0 when everything was replayed, 1 when a command failed again, was set aside meanwhile, or the job was cancelled.</returns>
    public static async Task<int> FollowAsync(DeadLetterOperations operations, Guid id, bool json, CancellationToken cancellationToken)
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
        JobListing.WriteWhole(job, json);
        return job is { State: "finished", Failed: 0 } && job.Done >= job.Total ? CommandRunner.Ok : CommandRunner.Failed;
    }

    private static async Task<OperatorJob> FindAsync(DeadLetterOperations operations, Guid id, CancellationToken cancellationToken) =>
        await operations.FindJobAsync(id, cancellationToken) ?? throw new CommandException($"Job {id} not found.");
}
