using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.Smoke;

public sealed class SmokeTests(Servers servers)
{
    [Fact]
    public async Task A_command_goes_in_and_its_outcome_comes_out()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();

        var create = CommandJson.Create(42);
        var merge = CommandJson.Merge(42, new JsonObject { ["status"] = "open" }, version: 2);
        var stale = CommandJson.Merge(42, new JsonObject { ["status"] = "late" }, version: 2);
        var note = CommandJson.Note(42, "called the applicant");
        await publisher.SendAsync([create, merge, stale, note, merge]);

        (await inbox.OfAsync(create)).Outcome.ShouldBe("accepted");
        (await inbox.OfAsync(merge)).Number("version").ShouldBe(2);
        var conflict = await inbox.OfAsync(stale);
        conflict.Reason.ShouldBe("version");
        conflict.Number("currentVersion").ShouldBe(2);
        conflict.Body["lastEvent"]!["action"]!.GetValue<string>().ShouldBe("case.merge");
        var noted = await inbox.OfAsync(note);
        noted.Number("nonce").ShouldBe(3);
        noted.Number("version").ShouldBe(2);
        noted.Number("globalNonce").ShouldBe(3);
        await inbox.WaitAsync(all => all.Count(received => received.CommandId == CommandJson.IdOf(merge)) == 2, "the duplicate's answer");
        inbox.All.Where(received => received.CommandId == CommandJson.IdOf(merge)).Select(received => received.Body.ToJsonString()).Distinct().Count().ShouldBe(1);
    }
}
