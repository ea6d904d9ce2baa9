using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>The sample as its users see it: a process of its own, over the wire.</summary>
public sealed class EvidenceTests(Servers servers)
{
    [Fact]
    public async Task Evidence_is_attached_refused_when_it_is_there_already_withdrawn_and_published()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await Documents.ApplyAsync(workspace);
        var inbox = await workspace.InboxAsync();
        await Documents.StartAsync(workspace);
        var publisher = await workspace.PublisherAsync();

        var (attach, same, different) = (Documents.Attach(7, 1), Documents.Attach(7, 1, "copy.pdf"), Documents.Attach(7, 2));
        var (publish, stale) = (Documents.Publish(7, 2, version: 2), Documents.Publish(7, 1, version: 2));
        var (withdraw, again, unknown) = (Documents.Withdraw(7, 1), Documents.Withdraw(7, 1), Documents.Withdraw(7, 9));
        var late = Documents.Attach(7, 1, "later.pdf");
        await publisher.SendAsync([CommandJson.Create(7), attach, same, different, publish, stale, withdraw, again, unknown, late]);

        (await inbox.OfAsync(attach)).Number("nonce").ShouldBe(2);
        var duplicate = await inbox.OfAsync(same);
        (duplicate.Status, duplicate.Reason).ShouldBe((422, "duplicate-evidence"));
        duplicate.Body["errors"]![0]!["message"]!.ToString().ShouldContain("event 2 attached it as 1.pdf");
        (await inbox.OfAsync(different)).Number("nonce").ShouldBe(3);
        var published = await inbox.OfAsync(publish);
        (published.Number("nonce"), published.Number("version"), published.Body["changed"]!.GetValue<bool>()).ShouldBe((4, 2, true));
        (await inbox.OfAsync(stale)).Reason.ShouldBe("version");
        (await inbox.OfAsync(withdraw)).Number("nonce").ShouldBe(5);
        (await inbox.OfAsync(again)).Reason.ShouldBe("already-withdrawn");
        (await inbox.OfAsync(unknown)).Reason.ShouldBe("unknown-evidence");
        (await inbox.OfAsync(late)).Body["errors"]![0]!["message"]!.ToString().ShouldContain("event 5 withdrew it");

        (await workspace.ScalarAsync<string>("SELECT string_agg(nonce || ' ' || coalesce(withdrawn_nonce, 0) || ' ' || coalesce(published_nonce, 0), ', ' ORDER BY nonce) FROM case_evidence"))
            .ShouldBe("2 5 0, 3 0 4");
        (await workspace.ScalarAsync<string>("SELECT withdrawn_by || ': ' || withdrawal_reason FROM case_evidence WHERE nonce = 2")).ShouldBe("tester: the wrong scan");
        (await workspace.ScalarAsync<string>("SELECT json_blob::text FROM case_data")).ShouldContain("\"2.pdf\"");
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM case_events WHERE blob IS NOT NULL")).ShouldBe(1, "only a registered action that changed the blob keeps it");
        (await Documents.StraysAsync(workspace)).ShouldBe(0);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_body_that_does_not_fit_is_rejected_with_every_path()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Documents.ApplyAsync(workspace);
        var inbox = await workspace.InboxAsync();
        await Documents.StartAsync(workspace);
        var broken = Documents.Attach(7, 1);
        broken["body"]!["sizeBytes"] = 0;
        broken["body"]!["sha256"] = "abc";
        var misspelt = Documents.Attach(7, 1);
        misspelt["body"]!["decription"] = "a dead letter";
        var (missing, proposing) = (CommandJson.Of(7, "evidence.attach", new System.Text.Json.Nodes.JsonObject()), Documents.Attach(7, 2));
        proposing["proposedVersion"] = 2;
        await (await workspace.PublisherAsync()).SendAsync([broken, misspelt, missing, proposing]);

        (await PathsAsync(inbox, broken)).ShouldBe("/body/sha256 /body/sizeBytes");
        (await PathsAsync(inbox, misspelt)).ShouldBe("/body/decription");
        (await PathsAsync(inbox, missing)).ShouldBe("/body/fileName /body/mediaType /body/sha256 /body/sizeBytes");
        (await PathsAsync(inbox, proposing)).ShouldBe("/proposedVersion");
    }

    [Fact]
    public async Task Many_parties_attach_at_once_while_somebody_edits_the_blob_and_nobody_conflicts()
    {
        const int parties = 40;
        await using var workspace = await Workspace.CreateAsync(servers);
        await Documents.ApplyAsync(workspace);
        var inbox = await workspace.InboxAsync();
        await Documents.StartAsync(workspace, batchLimit: 50);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync(CommandJson.Create(7));

        var uploads = Enumerable.Range(0, parties).SelectMany(party => Enumerable.Range(0, 10).Select(i => Documents.Attach(7, (party * 10) + i, actor: $"party {party}"))).ToList();
        var edits = Enumerable.Range(2, 20).Select(version => CommandJson.Merge(7, new() { ["n"] = version }, version)).ToList();
        var publishers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => workspace.PublisherAsync()));
        await Task.WhenAll([publisher.SendAsync(edits), .. publishers.Select((received, i) => received.SendAsync(uploads.Where((_, upload) => upload % 4 == i)))]);

        await inbox.ForAllAsync([.. uploads.Concat(edits).Select(CommandJson.IdOf)]);
        inbox.All.Select(received => received.Outcome).Distinct().ShouldBe(["accepted"]);
        (await workspace.CountAsync("case_evidence")).ShouldBe(parties * 10);
        (await workspace.ScalarAsync<long>("SELECT count(DISTINCT party) FROM case_evidence")).ShouldBe(parties);
        (await workspace.ScalarAsync<string>("SELECT version || ' ' || nonce FROM case_data")).ShouldBe($"21 {1 + 20 + (parties * 10)}");
        (await Documents.StraysAsync(workspace)).ShouldBe(0);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_document_is_in_a_case_once_whatever_batches_and_workers_its_copies_meet_in()
    {
        const int cases = 30;
        await using var workspace = await Workspace.CreateAsync(servers, slots: 8);
        await Documents.ApplyAsync(workspace);
        var inbox = await workspace.InboxAsync();
        var workers = await Task.WhenAll(Documents.StartAsync(workspace, batchLimit: 7), Documents.StartAsync(workspace, batchLimit: 7));
        await workspace.EvenAsync(workers: 2);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync(Documents.Cases(cases));

        // Twelve commands for three documents of each case; one of them is sent twice under its own id.
        var uploads = Enumerable.Range(0, 12).SelectMany(i => Enumerable.Range(1, cases).Select(reference => Documents.Attach(reference, i % 3, $"copy {i}.pdf"))).ToList();
        await publisher.SendAsync([.. uploads, uploads[0]]);
        await workers[0].ExplainAsync(workspace, () => workers[1].ExplainAsync(
            workspace,
            () => inbox.WaitAsync(all => all.Count == cases + uploads.Count + 1, "all outcomes, one of them twice")));

        (await workspace.CountAsync("case_evidence")).ShouldBe(cases * 3);
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM case_evidence WHERE file_name NOT IN ('copy 0.pdf', 'copy 1.pdf', 'copy 2.pdf')")).ShouldBe(0, "the first copy wins");
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM command_refusals WHERE reason = 'duplicate-evidence'")).ShouldBe(cases * 9);
        inbox.All.Where(received => received.CommandId == CommandJson.IdOf(uploads[0])).Select(received => received.Body.ToJsonString()).Distinct().Count().ShouldBe(1);
        (await Documents.StraysAsync(workspace)).ShouldBe(0);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
        workers.ShouldAllBe(worker => !worker.HasExited);
    }

    [Theory]
    [InlineData("before-commit")]
    [InlineData("after-commit")]
    [InlineData("after-publish")]
    public async Task A_worker_killed_again_and_again_leaves_rows_and_events_that_belong_together(string point)
    {
        const int cases = 20;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var workspace = await Workspace.CreateAsync(servers);
        await Documents.ApplyAsync(workspace);
        var inbox = await workspace.InboxAsync();
        await workspace.DeclareQueuesAsync();
        var uploads = Enumerable.Range(0, 1_000).Select(i => Documents.Attach(1 + random.Next(cases), random.Next(300))).ToList();
        await (await workspace.PublisherAsync()).SendAsync([.. Documents.Cases(cases), .. uploads]);

        for (var i = 0; i < 5; i++)
        {
            await using var doomed = WorkerProcess.Faulty(workspace, batchLimit: 20, point, random.Next(1, 8), "evidence");
            (await doomed.ExitAsync()).ShouldBe(137, $"killed at {point}, seed {seed}; output: {doomed.Output}");
            (await Documents.StraysAsync(workspace)).ShouldBe(0, $"seed {seed}");
        }

        await Documents.StartAsync(workspace);
        await inbox.ForAllAsync([.. uploads.Select(CommandJson.IdOf)]);
        var first = uploads.Select(upload => (CommandJson.CaseOf(upload), upload["body"]!["sha256"]!.ToString())).Distinct().Count();
        (await workspace.CountAsync("case_evidence")).ShouldBe(first, $"seed {seed}");
        (await workspace.CountAsync("command_refusals")).ShouldBe(uploads.Count - first, $"seed {seed}");
        (await Documents.StraysAsync(workspace)).ShouldBe(0, $"seed {seed}");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty($"seed {seed}");
    }

    private static async Task<string> PathsAsync(Inbox inbox, System.Text.Json.Nodes.JsonObject command)
    {
        var outcome = await inbox.OfAsync(command);
        (outcome.Status, outcome.Reason).ShouldBe((400, "invalid"));
        return string.Join(' ', outcome.Body["errors"]!.AsArray().Select(error => error!["path"]!.ToString()));
    }
}
