using System.Text.Json.Nodes;
using CaseWorker.Histories;
using CaseWorker.IntegrationTests.World;
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
            Wire.Create(8), Wire.Create(8), Wire.Merge(8, new JsonObject { ["a"] = 1 }, version: 2), Wire.Merge(8, [], version: 9), Wire.Note(8, "once"),
            Wire.Merge(8, []), Wire.Note(16, "nowhere"), Wire.Of(8, "case.close", new JsonObject()),
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

        var outcomes = inbox.All.GroupBy(one => one.CommandId).ToDictionary(same => same.Key, same => same.ToList());
        commands.Select(command => outcomes[Wire.IdOf(command)][0].Outcome).ShouldBe(expected);
        outcomes.Values.ShouldAllBe(same => same.Count == 5 && same.Select(one => one.Body.ToJsonString()).Distinct().Count() == 1 && same.Select(one => one.Properties.MessageId).Distinct().Count() == 1);
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
        var early = Wire.Note(8, "too early");
        var create = Wire.Create(8);
        await publisher.SendAsync([early, create, early]);

        await inbox.WaitAsync(all => all.Count == 3, "three outcomes");
        inbox.All.Where(one => one.CommandId == Wire.IdOf(early)).ShouldAllBe(one => one.Reason == "case-not-found" && one.Status == 404);
        (await workspace.CountAsync("case_notes")).ShouldBe(0);
    }

    [Fact]
    public async Task A_command_id_used_again_for_something_else_is_rejected_and_the_original_stays()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var original = Wire.Create(8, new JsonObject { ["a"] = 1 });
        var id = Wire.IdOf(original);
        JsonObject[] others =
        [
            Wire.Create(8, new JsonObject { ["a"] = 2 }, id), Wire.Note(8, "x", id: id), Wire.Merge(8, new JsonObject { ["a"] = 1 }, version: 2, id: id),
            Wire.Of(8, "case.create", new JsonObject { ["a"] = 1 }, id, version: 1), Wire.Create(12, new JsonObject { ["a"] = 1 }, id),
        ];
        await publisher.SendAsync([original, .. others, original]);

        await inbox.WaitAsync(all => all.Count == 7, "seven outcomes");
        var rejected = inbox.All.Where(one => one.Outcome == "rejected").ToList();
        rejected.Count.ShouldBe(others.Length);
        rejected.ShouldAllBe(one => one.Status == 422 && one.Reason == "command-id-reused" && one.Body["errors"]![0]!["path"]!.GetValue<string>() == "/commandId");
        var accepted = inbox.All.Where(one => one.Outcome == "accepted").ToList();
        accepted.Select(one => one.Body.ToJsonString()).Distinct().ShouldHaveSingleItem();
        accepted.Count.ShouldBe(2);

        // A subscriber drops outcome ids that it has seen: each of these is one of its own.
        inbox.All.Select(one => one.OutcomeId).Distinct().Count().ShouldBe(1 + others.Length);
        (await workspace.CountAsync("case_events")).ShouldBe(1);
        (await workspace.CountAsync("command_refusals")).ShouldBe(0);
    }
}
