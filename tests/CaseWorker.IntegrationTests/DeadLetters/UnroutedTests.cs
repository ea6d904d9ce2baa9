using System.Text;
using CaseWorker.Contracts;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>What the broker could not route is seen by operators, never lost.</summary>
public sealed class UnroutedTests(Servers servers)
{
    [Fact]
    public async Task A_command_with_a_routing_key_that_is_no_slot_becomes_a_dead_letter()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        string[] wrong = ["99", "4", "abc", "", "00", "1.0", " 1", "case-commands.00", "\u001b[31m", "漢字", new('9', 255)];

        // Even a good command: applying it here would be an order of its own beside its slot's.
        var command = Encoding.UTF8.GetBytes(CommandJson.Create(4).ToJsonString());
        foreach (var key in wrong)
        {
            await publisher.SendRawAsync(command, key, messageId: Guid.NewGuid().ToString(), mandatory: false);
            await publisher.SendRawAsync([0, 0xFF, (byte)key.Length], key, mandatory: true);
        }

        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 2 * wrong.Length);
        foreach (var byKey in (await workspace.DeadLettersAsync()).GroupBy(deadLetter => deadLetter.RoutingKey))
        {
            wrong.ShouldContain(byKey.Key);
            byKey.ShouldAllBe(deadLetter => deadLetter.Kind == "unrouted" && deadLetter.Reason == "unroutable" && deadLetter.Exchange == CaseTopology.CommandExchange && deadLetter.State == "open");
            byKey.ShouldAllBe(deadLetter => deadLetter.Detail.Contains($"\"{byKey.Key}\"", StringComparison.Ordinal));
            byKey.Select(deadLetter => Convert.ToHexString(deadLetter.Body)).Order().ShouldBe(new[] { Convert.ToHexString(command), Convert.ToHexString([0, 0xFF, (byte)byKey.Key.Length]) }.Order());
        }

        (await workspace.CountAsync("dead_letters WHERE case_reference = 4 AND command_id IS NOT NULL AND action = 'case.create'")).ShouldBe(wrong.Length, "a case's history shows them");
        inbox.All.ShouldBeEmpty();
        (await workspace.CountAsync("case_events")).ShouldBe(0);
    }
}
