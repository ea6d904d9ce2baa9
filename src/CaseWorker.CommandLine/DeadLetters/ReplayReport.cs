using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What became of a request to replay.</summary>
internal static class ReplayReport
{
    /// <summary>The job at its end, with what was asked for, as one JSON object.</summary>
    public static void WriteEnded(ReplayRequest request, OperatorJob job)
    {
        var json = JobListing.ToJson(job);
        json["job"] = request.Job;
        json["ids"] = JsonSerializer.SerializeToNode(request.DeadLetters);
        json["blocked"] = JsonSerializer.SerializeToNode(request.Blocked);
        json["busy"] = JsonSerializer.SerializeToNode(request.Busy.Select(busy => busy.Id));
        Console.WriteLine(json.ToJsonString());
    }

    public static void Write(ReplayRequest request, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { job = request.Job, ids = request.DeadLetters, blocked = request.Blocked, busy = request.Busy.Select(job => job.Id) }));
            return;
        }

        foreach (var job in request.Busy)
        {
            CommandRunner.Out.WriteLine($"Job {job.Id} replays some of them already; {SafeText.OneLine(job.Operator, 80)} asked for it at {Times.Full(job.RequestedAt)}.");
        }

        if (request.Blocked.Count > 0)
        {
            CommandRunner.Out.WriteLine($"Left out, since each stands behind another of its case: {string.Join(", ", request.Blocked.Take(10))}{(request.Blocked.Count > 10 ? ", …" : "")}. Replay the whole case instead (--case REF).");
        }

        CommandRunner.Out.WriteLine(request.Job is { } id
            ? $"Job {id} replays {Numbers.Of(request.DeadLetters.Count, "dead letter")}. Follow it with `{ProgramName.Value} job show {id}`."
            : "There is nothing to replay.");
    }
}
