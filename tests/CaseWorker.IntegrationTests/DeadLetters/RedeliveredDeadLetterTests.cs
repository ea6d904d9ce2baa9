using CaseWorker.Contracts;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>A message without an id is known again by its bytes.</summary>
public sealed class RedeliveredDeadLetterTests(Servers servers)
{
    [Fact]
    public async Task An_unreadable_message_that_comes_again_after_a_crash_is_stored_once()
    {
        const int unreadable = 30;
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        for (var i = 0; i < unreadable; i++)
        {
            await publisher.SendRawAsync([0xFF, (byte)i], CaseTopology.RoutingKeyOf(i % workspace.Slots));
        }

        var last = Enumerable.Range(0, workspace.Slots).Select(slot => CommandJson.Create(workspace.Slots + slot)).ToList();
        await publisher.SendAsync(last);

        // It commits and dies before the acknowledgement, three times.
        for (var i = 0; i < 3; i++)
        {
            await using var doomed = WorkerProcess.Faulty(workspace, batchLimit: 4, "after-commit", count: 2);
            (await doomed.ExitAsync()).ShouldBe(137, doomed.Output);
        }

        (await workspace.CountAsync("dead_letters")).ShouldBeGreaterThan(0);
        await workspace.StartWorkerAsync();
        await inbox.ForAllAsync([.. last.Select(CommandJson.IdOf)]);
        (await workspace.DeadLettersAsync()).Select(deadLetter => Convert.ToHexString(deadLetter.Body)).Order()
            .ShouldBe(Enumerable.Range(0, unreadable).Select(i => Convert.ToHexString([0xFF, (byte)i])).Order());
    }
}
