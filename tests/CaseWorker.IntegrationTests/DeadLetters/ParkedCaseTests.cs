using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.CommandLine;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>A command that fails every time, and those behind it.</summary>
public sealed class ParkedCaseTests(Servers servers)
{
    [Fact]
    public async Task The_case_of_a_failed_command_waits_in_order_and_all_others_flow()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await Poison.AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        var (failing, second, third) = (Poison.Note(4), CommandJson.Merge(4, new JsonObject { ["a"] = 1 }, version: 2), CommandJson.Note(4, "third"));
        var neighbour = CommandJson.Note(8, "neighbour");
        await publisher.SendAsync([CommandJson.Create(4), CommandJson.Create(8), failing, second, third, neighbour]);

        (await inbox.FinalAsync(neighbour)).Outcome.ShouldBe("accepted");
        var notices = new[] { await inbox.NoticeAsync(failing), await inbox.NoticeAsync(second), await inbox.NoticeAsync(third) };
        notices.Select(notice => notice.Number("position")).ShouldBe([1, 2, 3]);
        notices.Select(notice => notice.Reason).ShouldAllBe(reason => reason == "PostgresException");
        notices.Select(notice => notice.Status).ShouldAllBe(status => status == 202);
        notices.Select(notice => notice.Body["headCommandId"]!.ToString()).ShouldAllBe(head => head == CommandJson.IdOf(failing).ToString());
        (await workspace.DeadLettersAsync()).Select(deadLetter => deadLetter.Kind).ShouldBe(["failed", "held", "held"]);
        (await workspace.ScalarAsync<long>("SELECT nonce FROM case_data WHERE reference = 4")).ShouldBe(1);

        await Poison.RemoveAsync(workspace);
        var request = await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        request.DeadLetters.Count.ShouldBe(3);
        var outcomes = new[] { await inbox.FinalAsync(failing), await inbox.FinalAsync(second), await inbox.FinalAsync(third) };
        outcomes.Select(outcome => outcome.Outcome).ShouldAllBe(outcome => outcome == "accepted");
        outcomes.Select(outcome => outcome.Number("nonce")).ShouldBe([2, 3, 4]);
        outcomes.Select(outcome => outcome.OutcomeId).Concat(notices.Select(notice => notice.OutcomeId)).Distinct().Count().ShouldBe(6);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters WHERE state = 'replayed'", count => count == 3);

        var last = CommandJson.Note(4, "last");
        await publisher.SendAsync(last);
        (await inbox.FinalAsync(last)).Number("nonce").ShouldBe(5);
        await Poison.UntilFinishedAsync(workspace);
        (await workspace.ScalarAsync<string>("SELECT string_agg(operator || ' ' || action, ', ' ORDER BY id) FROM operator_audit")).ShouldBe("ann replay, ann replay-finished");
    }

    [Fact]
    public async Task A_command_that_comes_again_while_it_waits_is_not_parked_twice()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await Poison.AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        var (failing, held) = (Poison.Note(4), CommandJson.Note(4, "held"));
        var changed = CommandJson.Note(4, "another text", id: CommandJson.IdOf(held));
        await publisher.SendAsync([CommandJson.Create(4), failing, held, failing, held, changed]);

        (await inbox.FinalAsync(changed)).Reason.ShouldBe("command-id-reused");
        await inbox.WaitAsync(all => all.Count(received => received.Outcome is "parked") == 4, "four notices");
        inbox.All.Where(received => received.Outcome is "parked").Select(received => (received.OutcomeId, received.Number("position"))).Distinct().Count().ShouldBe(2);
        (await workspace.CountAsync("dead_letters")).ShouldBe(2);
    }

    [Fact]
    public async Task What_does_not_depend_on_the_case_is_told_at_once()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await Poison.AddAsync(workspace);
        var create = CommandJson.Create(4);
        var invalid = CommandJson.Merge(4, new JsonObject { ["a"] = 1 });
        await (await workspace.PublisherAsync()).SendAsync([create, Poison.Note(4), create, invalid]);

        (await inbox.FinalAsync(invalid)).Reason.ShouldBe("invalid");
        inbox.All.Count(received => received.CommandId == CommandJson.IdOf(create) && received.Outcome is "accepted").ShouldBe(2);
    }

    [Fact]
    public async Task A_hundred_parked_cases_do_not_hold_up_the_next()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await Poison.AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync(Enumerable.Range(1, 101).Select(reference => CommandJson.Create(reference)));
        await publisher.SendAsync(Enumerable.Range(1, 100).SelectMany(reference => (JsonObject[])[Poison.Note(reference), CommandJson.Note(reference, "behind")]));
        var good = CommandJson.Note(101, "good");
        await publisher.SendAsync(good);

        (await inbox.FinalAsync(good)).Outcome.ShouldBe("accepted");
        await workspace.UntilAsync("SELECT count(*) FROM parked_cases", count => count == 100);
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters WHERE kind = 'held'", count => count == 100);
    }

    [Fact]
    public async Task A_failed_command_of_an_action_that_may_be_skipped_is_set_aside_and_its_case_goes_on()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync(builder => builder.Configuration["CaseWorker:Skip:0"] = "note.add");
        await Poison.AddAsync(workspace);
        var (bad, next) = (Poison.Note(4), CommandJson.Note(4, "next"));

        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(4), bad, next]);

        (await inbox.FinalAsync(next)).Number("nonce").ShouldBe(2);
        (await inbox.NoticeAsync(bad)).Number("position").ShouldBe(0);
        (await workspace.DeadLettersAsync("TRUE")).ShouldHaveSingleItem().State.ShouldBe("skipped");
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
    }

    [Fact]
    public async Task A_skipped_action_that_does_not_exist_keeps_the_worker_from_starting()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        environment["CaseWorker__Skip__0"] = "note.ad";
        await using var worker = WorkerProcess.CaseWorker(environment, "run");

        (await worker.ExitAsync()).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain("CaseWorker:Skip names \"note.ad\". Unknown action. Did you mean \"note.add\"?");
    }

    [Fact]
    public async Task At_the_limit_of_parked_commands_the_worker_waits_and_drops_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        await Poison.AddAsync(workspace);
        var held = Enumerable.Range(1, 4).Select(i => CommandJson.Note(4, $"note {i}")).ToList();
        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(4), Poison.Note(4), .. held]);
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("CaseWorker__ParkedPerCase", "3"), ("CaseWorker__BatchLimit", "1")), "run");
        (await worker.SaysAsync("no more are taken")).ShouldContain("Case 4 has 3 commands waiting");
        (await workspace.CountAsync("dead_letters")).ShouldBe(3);

        await Poison.RemoveAsync(workspace);
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        await inbox.FinalAsync(held[^1]);
        await Poison.UntilFinishedAsync(workspace);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("poison note 1 note 2 note 3 note 4");
    }
}
