using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>Dead letters that operators let go, or set aside.</summary>
public sealed class ReplayTests(Servers servers)
{
    [Fact]
    public async Task The_first_that_fails_again_leaves_the_rest_as_it_was()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (good, bad, last) = (CommandJson.Note(4, "good"), Poison.Note(4), CommandJson.Note(4, "last"));
        await Poison.ParkAsync(workspace, good, bad, last);
        var operations = Poison.Operations(workspace);

        await operations.ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        await Poison.UntilFinishedAsync(workspace);
        (await workspace.DeadLettersAsync("state = 'open'")).Count.ShouldBe(4);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("");
        (await operations.JobsAsync()).Single().Failed.ShouldBe(1);

        // The head is set aside: what waited flows, up to the next one that fails.
        var head = (await operations.ListAsync(new() { Case = 4 }, 1)).Single();
        (await operations.DiscardAsync(Poison.OperatorAction, new() { Ids = [head.Id] })).ShouldBe([head.Id]);
        await operations.ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        await Poison.UntilFinishedAsync(workspace, jobs: 2);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("good");
        (await workspace.DeadLettersAsync("state = 'open'")).Select(deadLetter => (deadLetter.Kind, deadLetter.CommandId)).ShouldBe([("failed", CommandJson.IdOf(bad)), ("held", CommandJson.IdOf(last))]);
        (await workspace.ScalarAsync<Guid>("SELECT command_id FROM parked_cases JOIN dead_letters ON id = dead_letter_id")).ShouldBe(CommandJson.IdOf(bad));

        await Poison.RemoveAsync(workspace);
        (await operations.RestoreAsync(Poison.OperatorAction, new() { Case = 4 })).ShouldBe([head.Id]);
        await operations.ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        await Poison.UntilFinishedAsync(workspace, jobs: 3);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("good poison poison last");
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
    }

    [Fact]
    public async Task A_job_does_not_apply_what_was_restored_in_front_of_its_dead_letters()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using (var worker = await Workers.StartAsync(workspace))
        {
            await Poison.AddAsync(workspace);
            var last = CommandJson.Note(5, "of another case");
            await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(5), Poison.Note(5), CommandJson.Create(4), Poison.Note(4), CommandJson.Note(4, "restored"), CommandJson.Note(4, "asked for"), last]);
            await inbox.NoticeAsync(last);
            await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 5);
        }

        // Dead letters of both cases in one job: the smallest number of the job is of the other case.
        var operations = Poison.Operations(workspace);
        var ofCase = (await operations.ListAsync(new() { Case = 4 }, 10)).Select(row => row.Id).ToList();
        var other = (await operations.ListAsync(new() { Case = 5 }, 1)).Single().Id;
        await operations.DiscardAsync(Poison.OperatorAction, new() { Ids = [ofCase[0], ofCase[1]] });
        (await operations.ReplayAsync(Poison.OperatorAction, new() { Ids = [other, ofCase[2]] })).DeadLetters.ShouldBe([other, ofCase[2]], ignoreOrder: true);
        await operations.RestoreAsync(Poison.OperatorAction, new() { Ids = [ofCase[1]] });
        await Poison.RemoveAsync(workspace);

        await workspace.StartWorkerAsync();
        await Poison.UntilFinishedAsync(workspace);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("", "nobody asked for what was restored, and the other waits behind it");
        (await Poison.NotesAsync(workspace, 5)).ShouldBe("poison of another case");
    }

    [Fact]
    public async Task A_case_goes_on_when_all_its_parked_commands_are_discarded()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (inbox, publisher) = await Poison.ParkAsync(workspace, CommandJson.Note(4, "held"));
        (await Poison.Operations(workspace).DiscardAsync(Poison.OperatorAction, new() { Case = 4 })).Count.ShouldBe(2);

        var next = CommandJson.Note(4, "next");
        await publisher.SendAsync(next);
        (await inbox.FinalAsync(next)).Number("nonce").ShouldBe(2);
    }

    [Fact]
    public async Task A_discarded_command_has_no_effect_when_it_is_published_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (held, next) = (CommandJson.Note(4, "held"), CommandJson.Note(4, "next"));
        var (inbox, publisher) = await Poison.ParkAsync(workspace, held);
        await Poison.Operations(workspace).DiscardAsync(Poison.OperatorAction, new() { Case = 4 });

        await publisher.SendAsync([held, next]);
        await inbox.FinalAsync(next);
        await inbox.WaitAsync(all => all.Any(received => received.CommandId == CommandJson.IdOf(held) && received.Reason is "discarded"), "the notice that it was discarded");
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("next");
    }

    [Fact]
    public async Task Two_operators_with_the_same_click_get_one_job()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Poison.ParkAsync(workspace, CommandJson.Note(4, "held"));
        await Poison.RemoveAsync(workspace);
        var operations = Poison.Operations(workspace);

        var requests = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => operations.ReplayAsync(Poison.OperatorAction with { Operator = $"operator {i}" }, new() { Case = 4 })));
        requests.Count(request => request.Job is not null).ShouldBe(1);
        await Poison.UntilFinishedAsync(workspace);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("poison held");
        (await operations.ReplayAsync(Poison.OperatorAction, new() { Case = 4 })).Job.ShouldBeNull();
    }

    [Fact]
    public async Task What_stands_behind_another_is_not_replayed_before_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var held = CommandJson.Note(4, "held");
        var (inbox, _) = await Poison.ParkAsync(workspace, held);
        var deadLetter = (await inbox.NoticeAsync(held)).Number("deadLetterId");

        var request = await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Ids = [deadLetter] });
        request.Job.ShouldBeNull();
        request.Blocked.ShouldBe([deadLetter]);
    }

    [Fact]
    public async Task A_replay_whose_worker_is_killed_is_finished_by_the_next_without_a_double_effect()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await Poison.AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        var held = Enumerable.Range(1, 2_000).Select(i => CommandJson.Note(4, $"{i}")).ToList();
        await publisher.SendAsync([CommandJson.Create(4), Poison.Note(4), .. held]);
        await using (var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run"))
        {
            await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 2_001);
            await Poison.RemoveAsync(workspace);
            await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
            await workspace.UntilAsync("SELECT coalesce(max(done), 0) FROM operator_jobs", count => count > 200);
            worker.Kill();
        }

        // What arrives meanwhile stands behind all of them.
        var arrival = CommandJson.Note(4, "arrival");
        await publisher.SendAsync(arrival);
        await using var next = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await Poison.UntilFinishedAsync(workspace);
        await inbox.WaitAsync(all => all.Where(received => received.Outcome is "accepted").Select(received => received.CommandId).Distinct().Count() == 2_003, "an outcome for each");
        (await Poison.NotesAsync(workspace, 4)).ShouldBe($"poison {string.Join(' ', Enumerable.Range(1, 2_000))} arrival");
        (await workspace.ScalarAsync<long>("SELECT done FROM operator_jobs")).ShouldBeGreaterThanOrEqualTo(2_001);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
    }

    [Fact]
    public async Task The_commands_show_replay_and_discard_dead_letters_and_audit_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (_, publisher) = await Poison.ParkAsync(workspace, CommandJson.Note(4, "held"));
        await publisher.SendTextAsync("no JSON", slot: 0);
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 3);

        (await RunAsync(workspace, 0, "dead", "list")).ShouldContain("3 dead letters.");
        (await RunAsync(workspace, 2, "dead", "list", "--kind", "bogus")).ShouldContain("bogus");
        (await RunAsync(workspace, 2, "dead", "list", "--state", "bogus")).ShouldContain("bogus");
        var shown = JsonNode.Parse((await RunAsync(workspace, 0, "dead", "show", "--kind", "unreadable", "--json")).Trim())!;
        shown["body"]!.ToString().ShouldBe("no JSON");
        (await RunAsync(workspace, 2, "dead", "replay", "--case", "4", "--reason", "repaired")).ShouldContain("Pass --yes");
        (await RunAsync(workspace, 0, "dead", "replay", "--case", "4", "--reason", "repaired", "--dry-run")).ShouldContain("Replay 2 dead letters");
        JsonNode.Parse(await RunAsync(workspace, 0, "dead", "discard", "--case", "4", "--reason", "noise", "--dry-run", "--json"))!["count"]!.GetValue<int>().ShouldBe(2);
        (await RunAsync(workspace, 2, "dead", "replay", shown["id"]!.ToString(), "--reason", "again", "--yes")).ShouldContain("publish it again");
        (await RunAsync(workspace, 0, "dead", "preview", "--case", "4", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["would"]!.ToString()).ShouldBe(["failed", "held"]);
        (await RunAsync(workspace, 1, "dead", "replay", "--case", "4", "--reason", "too early", "--yes", "--wait")).ShouldContain("failed again");
        await Poison.RemoveAsync(workspace);
        (await RunAsync(workspace, 0, "dead", "preview", "--case", "4")).ShouldContain("version 1, nonce 3");
        (await workspace.CountAsync("case_notes")).ShouldBe(0);
        (await RunAsync(workspace, 0, "dead", "replay", "--case", "4", "--reason", "repaired", "--yes", "--wait")).ShouldContain("2 replayed of 2");
        (await RunAsync(workspace, 0, "dead", "export", "--case", "4", "--state", "all", "--bodies")).ShouldContain("\"held\"");
        (await RunAsync(workspace, 0, "dead", "discard", shown["id"]!.ToString(), "--reason", "noise", "--operator", "bob", "--yes")).ShouldContain("1 dead letter: discard done");
        (await RunAsync(workspace, 0, "dead", "list")).ShouldContain("There is none.");
        (await RunAsync(workspace, 0, "job", "list")).ShouldContain("2 of 2");
        (await RunAsync(workspace, 0, "audit")).ShouldContain("bob");
        JsonNode.Parse(await RunAsync(workspace, 1, "job", "cancel", Guid.Empty.ToString(), "--reason", "noise", "--yes", "--json"))!["isAskedToStop"]!.GetValue<bool>().ShouldBeFalse();
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("poison held");
    }

    private static async Task<string> RunAsync(Workspace workspace, int code, params string[] arguments)
    {
        await using var process = WorkerProcess.CaseWorker(workspace, batchLimit: 400, arguments);
        (await process.ExitAsync(seconds: 60)).ShouldBe(code, process.Output);
        return process.Output;
    }
}
