using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Decisions;

/// <summary>Each command id has at most one effect and exactly one recorded outcome (rows 3 and 4).</summary>
public sealed class RepeatTests(Servers servers)
{
    [Fact]
    public async Task Repeats_in_one_batch_and_in_later_ones_get_the_original_outcome()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        JsonObject[] commands =
        [
            CommandJson.Create(8), CommandJson.Create(8), CommandJson.Merge(8, new JsonObject { ["a"] = 1 }, version: 2), CommandJson.Merge(8, [], version: 9), CommandJson.Note(8, "once"),
            CommandJson.Merge(8, []), CommandJson.Note(16, "nowhere"), CommandJson.Of(8, "case.close", new JsonObject()),
        ];
        string[] expected = ["accepted", "conflicted", "accepted", "conflicted", "accepted", "rejected", "rejected", "rejected"];

        // All wait in the queue: one batch sees each of them three times, in two orders.
        await publisher.SendAsync([.. commands, .. commands, .. commands.Reverse()]);
        var worker = await workspace.StartWorkerAsync();
        await inbox.WaitAsync(all => all.Count == 24, "24 outcomes");
        await publisher.SendAsync(commands.Reverse());
        await inbox.WaitAsync(all => all.Count == 32, "32 outcomes");
        await worker.StopAsync();
        await workspace.StartWorkerAsync();
        await publisher.SendAsync(commands);
        await inbox.WaitAsync(all => all.Count == 40, "40 outcomes");

        var outcomes = inbox.All.GroupBy(received => received.CommandId).ToDictionary(same => same.Key, same => same.ToList());
        commands.Select(command => outcomes[CommandJson.IdOf(command)][0].Outcome).ShouldBe(expected);
        outcomes.Values.ShouldAllBe(same => same.Count == 5 && same.Select(received => received.Body.ToJsonString()).Distinct().Count() == 1 && same.Select(received => received.Properties.MessageId).Distinct().Count() == 1);
        (await workspace.CountAsync("case_events")).ShouldBe(3);
        (await workspace.CountAsync("case_notes")).ShouldBe(1);
        (await workspace.CountAsync("command_refusals")).ShouldBe(5);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_stays_even_when_the_command_would_fit_by_now()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var early = CommandJson.Note(8, "too early");
        var create = CommandJson.Create(8);
        await publisher.SendAsync([early, create, early]);

        await inbox.WaitAsync(all => all.Count == 3, "three outcomes");
        inbox.All.Where(received => received.CommandId == CommandJson.IdOf(early)).ShouldAllBe(received => received.Reason == "case-not-found" && received.Status == 404);
        (await workspace.CountAsync("case_notes")).ShouldBe(0);
    }

    [Fact]
    public async Task A_command_id_used_again_for_something_else_is_rejected_and_the_original_stays()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var original = CommandJson.Create(8, new JsonObject { ["a"] = 1 });
        var id = CommandJson.IdOf(original);
        JsonObject[] others =
        [
            CommandJson.Create(8, new JsonObject { ["a"] = 2 }, id), CommandJson.Note(8, "x", id: id), CommandJson.Merge(8, new JsonObject { ["a"] = 1 }, version: 2, id: id),
            CommandJson.Of(8, "case.create", new JsonObject { ["a"] = 1 }, id, version: 1), CommandJson.Create(12, new JsonObject { ["a"] = 1 }, id),
        ];
        await publisher.SendAsync([original, .. others, original]);

        await inbox.WaitAsync(all => all.Count == 7, "seven outcomes");
        var rejected = inbox.All.Where(received => received.Outcome == "rejected").ToList();
        rejected.Count.ShouldBe(others.Length);
        rejected.ShouldAllBe(received => received.Status == 422 && received.Reason == "command-id-reused" && received.Body["errors"]![0]!["path"]!.GetValue<string>() == "/commandId");
        var accepted = inbox.All.Where(received => received.Outcome == "accepted").ToList();
        accepted.Select(received => received.Body.ToJsonString()).Distinct().ShouldHaveSingleItem();
        accepted.Count.ShouldBe(2);

        // A subscriber drops outcome ids that it has seen: each of these is one of its own.
        inbox.All.Select(received => received.OutcomeId).Distinct().Count().ShouldBe(1 + others.Length);
        (await workspace.CountAsync("case_events")).ShouldBe(1);
        (await workspace.CountAsync("command_refusals")).ShouldBe(0);
    }
}
