namespace CaseWorker.InteropTests.Examples;

/// <summary>The subscribers of docs/examples, against a running worker.</summary>
public sealed class SubscriberTests(Servers servers)
{
    private const string Queue = "my-team.outcomes";

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task It_prints_each_outcome_once_and_finds_later_what_came_while_it_was_away(string language)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var example = Example.All[language];
        var create = CommandJson.Create(5);
        var conflict = CommandJson.Create(5);
        var last = CommandJson.Note(5, "It is about to be killed.");
        var missed = CommandJson.Note(5, "Nobody was there.");
        await using (var subscriber = example.Subscriber(workspace, Queue))
        {
            await subscriber.SaysAsync("subscribed");
            await publisher.SendAsync([create, create, conflict]);
            await subscriber.SaysAsync($"5 case.create conflicted case-exists {CommandJson.IdOf(conflict)}");
            Lines(subscriber).ShouldBe([$"5 case.create accepted {CommandJson.IdOf(create)}", $"5 case.create conflicted case-exists {CommandJson.IdOf(conflict)}"]);
            await inbox.WaitAsync(all => all.Count(received => received.CommandId == CommandJson.IdOf(create)) == 2, "both outcomes of the command that was sent twice");
            await publisher.SendAsync(last);
            await subscriber.SaysAsync(CommandJson.IdOf(last).ToString());
        }

        await publisher.SendAsync(missed);
        await inbox.OfAsync(missed);
        await using var again = example.Subscriber(workspace, Queue);
        await again.SaysAsync(CommandJson.IdOf(missed).ToString());

        // It was killed: the acknowledgement of the last one may not have reached the broker.
        Lines(again).Where(line => !line.EndsWith(CommandJson.IdOf(last).ToString(), StringComparison.Ordinal))
            .ShouldBe([$"5 note.add accepted {CommandJson.IdOf(missed)}"], "what it acknowledged does not come again");
    }

    [Fact]
    public async Task The_one_with_curl_prints_what_waits_each_outcome_once()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var folder = Directory.CreateTempSubdirectory("caseworker-examples-");
        var seen = Path.Combine(folder.FullName, "seen");
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var create = CommandJson.Create(5);
        var reject = CommandJson.Note(6, "There is no such case.");
        (await RunAsync(workspace, seen)).ShouldBeEmpty();

        await publisher.SendAsync([create, create]);
        await workspace.UntilReadyAsync(Queue, 2);
        (await RunAsync(workspace, seen)).ShouldBe([$"5 case.create accepted {CommandJson.IdOf(create)}"]);

        await publisher.SendAsync([create, reject]);
        await workspace.UntilReadyAsync(Queue, 2);
        (await RunAsync(workspace, seen)).ShouldBe([$"6 note.add rejected case-not-found {CommandJson.IdOf(reject)}"]);
        folder.Delete(recursive: true);
    }

    private static async Task<IReadOnlyList<string>> RunAsync(Workspace workspace, string seen)
    {
        await using var subscriber = Example.All["curl"].Subscriber(workspace, Queue, seen);
        (await subscriber.ExitAsync()).ShouldBe(0, subscriber.Output);
        return Lines(subscriber);
    }

    private static string[] Lines(WorkerProcess subscriber) => subscriber.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
