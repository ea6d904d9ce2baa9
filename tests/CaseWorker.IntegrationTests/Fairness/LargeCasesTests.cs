using System.Globalization;
using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Fairness;

/// <summary>A batch is bounded by what it loads and makes, not only by the bytes of its commands.</summary>
public sealed class LargeCasesTests(Servers servers)
{
    private const int Cases = 150;

    [Fact]
    public async Task Small_merges_to_many_large_cases_are_done_in_bounded_memory()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.DeclareQueuesAsync();
        var publisher = await workspace.PublisherAsync();
        var creates = Enumerable.Range(1, Cases).Select(reference => CommandJson.Create(reference, new JsonObject { ["text"] = new string('x', 900_000) })).ToList();
        var merges = Enumerable.Range(1, Cases).Select(reference => CommandJson.Merge(reference, new JsonObject { ["a"] = reference }, version: 2)).ToList();
        await using (var creator = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run"))
        {
            await publisher.SendAsync(creates);
            await inbox.ForAllAsync([.. creates.Select(CommandJson.IdOf)]);
        }

        await publisher.SendAsync(merges);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await inbox.ForAllAsync([.. merges.Select(CommandJson.IdOf)]);
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
        (PeakResidentBytes(worker.Id) >> 20).ShouldBeLessThan(512, "megabytes");
        worker.Output.ShouldNotContain("cannot commit yet");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    private static long PeakResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
