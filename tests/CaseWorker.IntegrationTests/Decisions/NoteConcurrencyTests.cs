using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Decisions;

/// <summary>Two concurrency models side by side: notes go beside the blob, whoever edits it.</summary>
public sealed class NoteConcurrencyTests(Servers servers)
{
    [Fact]
    public async Task Fifty_people_add_notes_while_one_edits_the_case_and_nobody_conflicts()
    {
        const int writers = 50;
        const int notesEach = 10;
        const int edits = 40;
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var editor = await workspace.PublisherAsync();
        var create = CommandJson.Create(4);
        await editor.SendAsync(create);
        await inbox.OfAsync(create);
        var connections = new List<Publisher>();
        for (var i = 0; i < 5; i++)
        {
            connections.Add(await workspace.PublisherAsync());
        }

        var writing = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < notesEach; i++)
            {
                var note = CommandJson.Note(4, $"note {i} of writer {writer}");
                note["actor"] = $"writer {writer}";
                await connections[writer % connections.Count].SendAsync(note);
            }
        })).ToList();
        for (var i = 1; i <= edits; i++)
        {
            // A person: looks at the answer, then proposes the next version. The notes between do not matter.
            var edit = CommandJson.Merge(4, new JsonObject { ["edit"] = i }, version: i + 1);
            await editor.SendAsync(edit);
            (await inbox.OfAsync(edit)).Number("version").ShouldBe(i + 1);
        }

        await Task.WhenAll(writing);
        await inbox.WaitAsync(all => all.Count == 1 + edits + (writers * notesEach), "all outcomes");
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
        inbox.All.Select(received => received.Number("nonce")).Order().ShouldBe(Enumerable.Range(1, inbox.All.Count).Select(n => (long)n));
        (await workspace.ScalarAsync<long>("SELECT version FROM case_data")).ShouldBe(edits + 1);
        (await workspace.ScalarAsync<long>("SELECT count(DISTINCT body) FROM case_notes")).ShouldBe(writers * notesEach);
        (await workspace.ScalarAsync<long>("""
            SELECT count(*) FROM (
              SELECT author, body, lag(body) OVER (PARTITION BY author ORDER BY nonce) AS before FROM case_notes) AS n
            WHERE before > body
            """)).ShouldBe(0, "each writer's notes stand in the order in which they were sent");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }
}
