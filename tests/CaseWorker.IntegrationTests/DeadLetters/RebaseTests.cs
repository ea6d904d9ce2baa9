using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>Dead letters that are applied as other commands: with proposals of now, or with another body.</summary>
public sealed class RebaseTests(Servers servers)
{
    [Fact]
    public async Task Rebased_commands_get_new_ids_and_proposals_that_fit_and_the_old_ids_never_have_an_effect()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var first = CommandJson.Merge(4, new JsonObject { ["first"] = true }, version: 2);
        var second = CommandJson.Merge(4, new JsonObject { ["second"] = true }, version: 2);
        second["correlationId"] = "file 17";
        var (inbox, publisher) = await Poison.ParkAsync(workspace, first, second);
        await Poison.RemoveAsync(workspace);

        var request = await Poison.Operations(workspace).RebaseAsync(Poison.OperatorAction, new() { Case = 4 });
        request.DeadLetters.Count.ShouldBe(3);
        await Poison.UntilFinishedAsync(workspace);

        var successor = await SuccessorAsync(workspace, second);
        await inbox.WaitAsync(all => all.Any(received => received.CommandId == successor), "the outcome of the new command");
        var outcome = inbox.All.First(received => received.CommandId == successor);
        outcome.Outcome.ShouldBe("accepted", "the second would have conflicted as it was sent");
        outcome.Number("version").ShouldBe(3);
        outcome.Body["correlationId"]!.ToString().ShouldBe("file 17");
        (await workspace.CountAsync("command_refusals")).ShouldBe(0);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);

        await publisher.SendAsync(second);
        await inbox.WaitAsync(all => all.Any(received => received.Reason is "rebased"), "the notice that it was rebased");
        var notice = inbox.All.First(received => received.Reason is "rebased");
        notice.CommandId.ShouldBe(CommandJson.IdOf(second));
        inbox.All.ShouldNotContain(received => received.CommandId == notice.CommandId && received.Reason != "rebased" && received.OutcomeId == notice.OutcomeId, "it must not pass for the notice that it waits");
        notice.Body["headCommandId"]!.ToString().ShouldBe(successor.ToString());
        (await workspace.CountAsync("case_events")).ShouldBe(4);
        inbox.All.ShouldNotContain(received => received.CommandId == CommandJson.IdOf(second) && received.Outcome != "parked");
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_rebased_and_what_waits_behind_goes_as_it_was_sent()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var first = CommandJson.Merge(4, new JsonObject { ["first"] = true }, version: 9);
        var second = CommandJson.Merge(4, new JsonObject { ["second"] = true }, version: 9);
        var (inbox, _) = await Poison.ParkAsync(workspace, first, second);
        await Poison.RemoveAsync(workspace);
        var deadLetters = await Poison.Operations(workspace).ListAsync(new() { Case = 4 }, 10);

        await Poison.Operations(workspace).RebaseAsync(Poison.OperatorAction, new() { Ids = [deadLetters[0].Id, deadLetters[1].Id] });
        await Poison.UntilFinishedAsync(workspace);

        (await inbox.FinalAsync(second)).Outcome.ShouldBe("conflicted");
        (await workspace.ScalarAsync<bool>("SELECT json_blob ? 'first' AND NOT json_blob ? 'second' FROM case_data")).ShouldBeTrue();
        (await workspace.ScalarAsync<bool>($"SELECT successor IS NULL FROM dead_letters WHERE command_id = '{CommandJson.IdOf(second)}'")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_rebase_whose_worker_is_killed_is_finished_by_the_next_without_a_double_effect()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartAndStopWorkerAsync();
        await Poison.AddAsync(workspace);
        var held = Enumerable.Range(1, 1_000).Select(i => CommandJson.Merge(4, new JsonObject { [$"k{i}"] = i }, version: 2)).ToList();
        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(4), Poison.Note(4), .. held]);
        await using (var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run"))
        {
            await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 1_001);
            await Poison.RemoveAsync(workspace);
            await Poison.Operations(workspace).RebaseAsync(Poison.OperatorAction, new() { Case = 4 });
            await workspace.UntilAsync("SELECT coalesce(max(done), 0) FROM operator_jobs", count => count > 100);
            worker.Kill();
        }

        await using var next = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await Poison.UntilFinishedAsync(workspace);
        (await workspace.CountAsync("case_events")).ShouldBe(1_002);
        (await workspace.ScalarAsync<long>("SELECT version FROM case_data")).ShouldBe(1_001);
        (await workspace.CountAsync("dead_letters d JOIN case_events e ON e.command_id = d.successor")).ShouldBe(1_001);
    }

    [Fact]
    public async Task Concurrent_replay_discard_and_rebase_of_one_dead_letter_have_one_effect()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var held = CommandJson.Merge(4, new JsonObject { ["held"] = true }, version: 2);
        await Poison.ParkAsync(workspace, held);
        await Poison.RemoveAsync(workspace);
        var operations = Poison.Operations(workspace);

        var (replay, rebase, discard) = (
            operations.ReplayAsync(Poison.OperatorAction, new() { Case = 4 }),
            operations.RebaseAsync(Poison.OperatorAction, new() { Case = 4 }),
            operations.DiscardAsync(Poison.OperatorAction, new() { Case = 4 }));
        var jobs = new[] { await replay, await rebase };
        var discarded = await discard;
        await workspace.UntilAsync("SELECT count(*) FROM operator_jobs WHERE finished_at IS NULL", count => count == 0);

        jobs.Count(job => job.Job is not null).ShouldBeLessThanOrEqualTo(1);
        jobs.ShouldAllBe(job => job.Job != null || job.Busy.Count > 0 || discarded.Count == 2);
        var applied = await workspace.CountAsync("case_events WHERE nonce > 1");
        (applied + discarded.Count).ShouldBe(2, "each dead letter is either applied or set aside");
        (await workspace.CountAsync("operator_audit WHERE action IN ('replay', 'rebase', 'discard')")).ShouldBe(3);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
    }

    [Fact]
    public async Task A_dead_letter_is_replayed_with_another_body_if_editing_is_on()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync(builder => builder.Configuration["CaseWorker:EditDeadLetters"] = "true");
        await Poison.AddAsync(workspace);
        var (bad, held) = (Poison.Note(4), CommandJson.Note(4, "held"));
        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(4), bad, held]);
        await inbox.NoticeAsync(held);
        var deadLetter = (await Poison.Operations(workspace).ListAsync(new() { Case = 4 }, 1)).Single();
        using var file = new BodyFile("""{"body":"harmless"}""");

        var (code, output) = await EditAsync(workspace, allowed: true, deadLetter.Id, file);
        code.ShouldBe(0, output);
        output.ShouldContain("-  \"body\": \"poison\"");
        output.ShouldContain("+  \"body\": \"harmless\"");
        await inbox.FinalAsync(held);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe("harmless held");
        (await SuccessorAsync(workspace, bad)).ShouldNotBe(CommandJson.IdOf(bad));
        (await workspace.ScalarAsync<string>("SELECT changes #>> '{" + deadLetter.Id + ",body}' FROM operator_jobs")).ShouldBe("""{"body":"harmless"}""");
    }

    [Fact]
    public async Task An_edited_body_reaches_the_case_as_it_was_written()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync(builder => builder.Configuration["CaseWorker:EditDeadLetters"] = "true");
        await Poison.AddAsync(workspace);
        var change = CommandJson.Merge(4, new JsonObject { ["a"] = 1 }, version: 2);
        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(4), Poison.Note(4), change]);
        await inbox.NoticeAsync(change);
        var deadLetters = await Poison.Operations(workspace).ListAsync(new() { Case = 4 }, 2);
        await Poison.Operations(workspace).DiscardAsync(Poison.OperatorAction, new() { Ids = [deadLetters[0].Id] });

        // The database would write this number out, with more digits than a command may have.
        using var file = new BodyFile("""{"a":1e100}""");
        (await EditAsync(workspace, allowed: true, deadLetters[1].Id, file)).Code.ShouldBe(0);

        (await workspace.ScalarAsync<bool>("SELECT (json_blob ->> 'a')::numeric = 1e100 AND version = 2 FROM case_data")).ShouldBeTrue();
        (await workspace.CountAsync("command_refusals")).ShouldBe(0);
    }

    [Fact]
    public async Task An_edit_that_is_off_or_invalid_is_refused_and_kept_in_the_audit()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Poison.ParkAsync(workspace, CommandJson.Note(4, "held"));
        var deadLetter = (await Poison.Operations(workspace).ListAsync(new() { Case = 4 }, 1)).Single();
        using var good = new BodyFile("""{"body":"harmless"}""");
        using var invalid = new BodyFile("""{"text":"harmless"}""");
        using var broken = new BodyFile("{");

        (await EditAsync(workspace, allowed: false, deadLetter.Id, good)).ShouldBe((2, "Editing dead letters is off. CaseWorker__EditDeadLetters=true allows it, at the workers too."));
        (await EditAsync(workspace, allowed: true, deadLetter.Id, invalid)).Output.ShouldContain("/body/body");
        (await EditAsync(workspace, allowed: true, deadLetter.Id, broken)).Output.ShouldContain("not strict JSON");
        (await workspace.CountAsync("operator_audit WHERE action = 'edit' AND result LIKE 'denied: %' AND ids = ARRAY[" + deadLetter.Id + "]::bigint[]")).ShouldBe(3);

        // Allowed in the terminal, and not at the worker: nothing is applied there, and the job says why.
        (await EditAsync(workspace, allowed: true, deadLetter.Id, good)).Code.ShouldBe(1);
        (await Poison.Operations(workspace).JobsAsync()).Single().Detail!.ShouldContain("off at the worker");
        (await workspace.CountAsync("case_notes")).ShouldBe(0);
    }

    private static Task<Guid> SuccessorAsync(Workspace workspace, JsonObject command) =>
        workspace.ScalarAsync<Guid>($"SELECT successor FROM dead_letters WHERE command_id = '{CommandJson.IdOf(command)}'");

    private static async Task<(int Code, string Output)> EditAsync(Workspace workspace, bool allowed, long deadLetter, BodyFile body)
    {
        var environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        environment["CaseWorker__EditDeadLetters"] = allowed ? "true" : "false";
        await using var process = WorkerProcess.CaseWorker(environment, "dead", "edit", $"{deadLetter}", "--body", body.Path, "--reason", "a typing error", "--yes", "--wait");
        return (await process.ExitAsync(seconds: 60), process.Output.Trim());
    }

    private sealed class BodyFile : IDisposable
    {
        public BodyFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
