using System.Globalization;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>A job that is as long as a bad night.</summary>
public sealed class LongReplayTests(Servers servers)
{
    private const int Cases = 20;
    private const int DeadLetters = 10_000;

    [Fact]
    public async Task Ten_thousand_dead_letters_are_replayed_in_order_with_steady_memory()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartAndStopWorkerAsync();
        await Poison.AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync([.. Enumerable.Range(1, Cases).Select(reference => CommandJson.Create(reference))]);
        await publisher.SendAsync([.. Enumerable.Range(1, Cases).Select(reference => Poison.Note(reference))]);
        await publisher.SendAsync([.. Enumerable.Range(0, DeadLetters - Cases).Select(i => CommandJson.Note((i % Cases) + 1, $"{i}"))]);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == DeadLetters, seconds: 120);
        await Poison.RemoveAsync(workspace);

        (await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new())).DeadLetters.Count.ShouldBe(DeadLetters);
        var memory = new List<long>();
        for (var done = 1_000; done <= DeadLetters; done += 1_000)
        {
            await workspace.UntilAsync("SELECT done FROM operator_jobs", count => count >= done, seconds: 120);
            memory.Add(ResidentBytes(worker.Id));
        }

        await Poison.UntilFinishedAsync(workspace);
        (await workspace.CountAsync("dead_letters WHERE state <> 'replayed'")).ShouldBe(0);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
        (await workspace.CountAsync("(SELECT nonce, body, lag(body) OVER (PARTITION BY case_reference ORDER BY nonce) AS before FROM case_notes WHERE body <> 'poison') n WHERE before <> 'poison' AND body::int <= before::int")).ShouldBe(0, "in the order of the lines");
        memory[5..].Max().ShouldBeLessThan((memory[..5].Max() * 5 / 4) + (32L << 20), $"megabytes after each thousand: {string.Join(", ", memory.Select(bytes => bytes >> 20))}");
    }

    private static long ResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
