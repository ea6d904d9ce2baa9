using System.CommandLine;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary><c>caseworker job list | show | cancel</c>: what the workers do for operators.</summary>
internal static class JobsCommand
{
    public static Command Create() => new("job", "Jobs of operators: replays that the workers carry out.") { List(), Show(), Cancel() };

    private static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object per line." };
        var command = new Command("list", "Lists jobs, newest first.") { json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            JobListing.Write(await operations.JobsAsync(cancellationToken: cancellationToken), parsed.GetValue(json));
            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<Guid>("JOB") { Description = "The job's id.", CustomParser = ArgumentParsers.JobId };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var wait = new Option<bool>("--wait") { Description = "Follows the job to its end; exit code 1 when a command failed again." };
        var command = new Command("show", "Shows the progress of a job.") { id, json, wait };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            if (await operations.FindJobAsync(parsed.GetRequiredValue(id), cancellationToken) is not { } job)
            {
                await Console.Error.WriteLineAsync($"There is no job {parsed.GetRequiredValue(id)}. See `{ProgramName.Value} job list`.");
                return CommandRunner.Failed;
            }

            if (parsed.GetValue(wait))
            {
                return await JobFollower.FollowAsync(operations, job.Id, parsed.GetValue(json), cancellationToken);
            }

            JobListing.WriteWhole(job, parsed.GetValue(json));
            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Command Cancel()
    {
        var id = new Argument<Guid>("JOB") { Description = "The job's id.", CustomParser = ArgumentParsers.JobId };
        var command = new Command("cancel", "Cancels a job after the commands that it is replaying now. Replayed commands stay replayed.") { id };
        var action = new OperatorActionOptions(command);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            if (!action.IsConfirmed(parsed, $"Cancel job {parsed.GetRequiredValue(id)}"))
            {
                return CommandRunner.Ok;
            }

            var isRunning = await operations.CancelAsync(action.Read(parsed), parsed.GetRequiredValue(id), cancellationToken);
            if (action.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { action = "cancel", job = parsed.GetRequiredValue(id), isAskedToStop = isRunning }));
            }
            else
            {
                CommandRunner.Out.WriteLine(isRunning ? "It is asked to stop." : "Job not found, or it has ended.");
            }

            return isRunning ? CommandRunner.Ok : CommandRunner.Failed;
        })));
        return command;
    }
}
