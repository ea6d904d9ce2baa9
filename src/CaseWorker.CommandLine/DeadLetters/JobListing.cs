using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Spectre.Console;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>Operators' jobs for people and programs.</summary>
internal static class JobListing
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static void Write(IReadOnlyList<OperatorJob> jobs, bool json)
    {
        if (json)
        {
            jobs.ToList().ForEach(job => Console.WriteLine(ToJson(job).ToJsonString()));
            return;
        }

        if (jobs.Count == 0)
        {
            CommandRunner.Out.WriteLine("There is none.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn("job").AddColumn("requested").AddColumn("who").AddColumn("state")
            .AddColumn(new TableColumn("replayed").RightAligned()).AddColumn(new TableColumn("failed again").RightAligned()).AddColumn("why");
        foreach (var job in jobs)
        {
            table.AddRow(
                job.Id.ToString(),
                Times.Full(job.RequestedAt),
                SafeMarkup.Of(job.Operator, 30),
                SafeMarkup.Of(job.State),
                $"{Numbers.Count(job.Done)} of {Numbers.Count(job.Total)}",
                Numbers.Count(job.Failed),
                SafeMarkup.Of(job.Reason, 80));
        }

        CommandRunner.Out.Write(table);
    }

    /// <summary>The total counts what is replayed besides: the commands behind those that were asked for.</summary>
    public static JsonObject ToJson(OperatorJob job) => JsonSerializer.SerializeToNode(job with { Total = Math.Max(job.Total, job.Done) }, Json)!.AsObject();

    public static void WriteWhole(OperatorJob job, bool json)
    {
        if (json)
        {
            Write([job], json);
            return;
        }

        CommandRunner.Out.WriteLine($"Job {job.Id} ({job.Kind}) is {job.State}: {Numbers.Count(job.Done)} replayed of {Numbers.Count(job.Total)} asked for, {Numbers.Of(job.Failed, "case")} stopped at a command that failed again.");
        if (job.Detail is { } detail)
        {
            CommandRunner.Out.WriteLine(SafeText.OneLine(detail, 2_000));
        }

        CommandRunner.Out.WriteLine($"{SafeText.OneLine(job.Operator, 80)} asked for it at {Times.Full(job.RequestedAt)}: {SafeText.OneLine(job.Reason)}");
    }
}
