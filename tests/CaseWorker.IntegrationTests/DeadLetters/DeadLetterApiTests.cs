using System.Net;
using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.Api;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>Operators at work over HTTP.</summary>
public sealed class DeadLetterApiTests(Servers servers)
{
    [Fact]
    public async Task Dead_letters_are_found_page_by_page_and_shown_whole()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second", "third"]);
        var publisher = await environment.Workspace.PublisherAsync();
        await publisher.SendTextAsync("no JSON", slot: 0);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 4);

        var first = await environment.Viewer.JsonAsync("/dead-letters?limit=3");
        (first["letters"]!.AsArray().Count, first["hasMore"]!.GetValue<bool>(), first.Number("count")).ShouldBe((3, true, 4));
        var rest = await environment.Viewer.JsonAsync($"/dead-letters?limit=3&after={first["after"]}");
        (rest["letters"]!.AsArray().Single()!["kind"]!.ToString(), rest["hasMore"]!.GetValue<bool>()).ShouldBe(("unreadable", false));
        var reason = Uri.EscapeDataString(first["letters"]![0]!["reason"]!.ToString());
        foreach (var (query, count) in ((string, int)[])[
            ("case=4", 3), ("case=9", 0), ("action=note.add", 3), ("kind=held", 2), ("error=NO_POISON", 1), ($"reason={reason}", 1), ($"reason={reason[1..]}", 0), ("state=discarded", 0),
            ("state=all", 4), ("since=2100-01-01T00:00:00Z", 0), ("until=2100-01-01T00:00:00Z", 4)])
        {
            (await environment.Viewer.JsonAsync($"/dead-letters?{query}")).Number("count").ShouldBe(count, query);
        }

        var shown = await environment.Viewer.JsonAsync($"/dead-letters/{rest["after"]}");
        (shown["body"]!.ToString(), shown["bodyBase64"]!.ToString()).ShouldBe(("no JSON", Convert.ToBase64String("no JSON"u8)));
        shown["headers"].ShouldBeOfType<JsonObject>();
        (await environment.Viewer.JsonAsync($"/dead-letters/{first["after"]}"))["caseReference"]!.ToString().ShouldBe("4");
        await environment.Viewer.ProblemAsync("/dead-letters/999", HttpStatusCode.NotFound, "dead-letter-not-found");
        foreach (var query in (string[])["case=four", "kind=odd", "state=odd", "since=never", "limit=501", "kindd=held", "case=4&page=2"])
        {
            await environment.Viewer.ProblemAsync($"/dead-letters?{query}", HttpStatusCode.BadRequest, "invalid");
        }
    }

    [Fact]
    public async Task A_case_is_tried_then_replayed_and_the_job_and_the_audit_tell_of_it()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second", "third"]);
        (await WouldAsync(environment)).ShouldBe(["failed", "held", "held"]);
        await Poison.RemoveAsync(environment.Workspace);
        (await WouldAsync(environment)).ShouldBe(["accepted", "accepted", "accepted"]);
        (await Poison.NotesAsync(environment.Workspace, 4)).ShouldBe("");

        using var response = await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/replay", """{"case": "4", "reason": "repaired", "expect": 3}""");
        var answer = await response.JsonAsync(HttpStatusCode.Accepted);
        (answer.Number("count"), answer["ids"]!.AsArray().Count).ShouldBe((3, 3));
        var location = response.Headers.Location!.ToString();
        location.ShouldBe($"/jobs/{answer["job"]}");
        await Poison.UntilFinishedAsync(environment.Workspace);
        (await Poison.NotesAsync(environment.Workspace, 4)).ShouldBe("poison second third");
        (await environment.Workspace.CountAsync("parked_cases")).ShouldBe(0);

        var job = await environment.Viewer.JsonAsync(location);
        (job.Number("done"), job.Number("total"), job["operator"]!.ToString(), job["reason"]!.ToString(), job["state"]!.ToString()).ShouldBe((3, 3, "tester", "repaired", "finished"));
        (await environment.Viewer.JsonAsync("/jobs"))["jobs"]!.AsArray().Single()!["id"]!.ToString().ShouldBe(answer["job"]!.ToString());
        await ParkedEnvironment.RefusedAsync(environment.Operator, $"{location}/cancel", """{"reason": "too late"}""", HttpStatusCode.Conflict, "job-ended");
        await ParkedEnvironment.RefusedAsync(environment.Operator, $"/jobs/{Guid.NewGuid()}/cancel", """{"reason": "none"}""", HttpStatusCode.NotFound, "job-not-found");

        var newest = await environment.Viewer.JsonAsync("/audit?limit=1");
        newest["entries"]![0]!["action"]!.ToString().ShouldBe("cancel");
        var older = await environment.Viewer.JsonAsync($"/audit?before={newest["before"]}");
        older["entries"]!.AsArray().Select(entry => entry!["action"]!.ToString()).ShouldBe(["replay-finished", "replay", "key-create", "key-create", "key-create"]);
        var nothing = await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/replay", """{"case": 4, "reason": "again"}""", HttpStatusCode.OK);
        nothing["job"].ShouldBeNull();
    }

    [Fact]
    public async Task A_rebase_applies_the_parked_commands_under_new_ids()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"]);
        await Poison.RemoveAsync(environment.Workspace);
        await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/rebase", """{"case": "4", "reason": "as of now"}""", HttpStatusCode.Accepted);
        await Poison.UntilFinishedAsync(environment.Workspace);
        var deadLetters = (await environment.Viewer.JsonAsync("/dead-letters?state=all"))["letters"]!.AsArray();
        deadLetters.ShouldAllBe(deadLetter => deadLetter!["successor"] != null && deadLetter["successor"]!.ToString() != deadLetter["commandId"]!.ToString());
        (await Poison.NotesAsync(environment.Workspace, 4)).ShouldBe("poison second");
    }

    [Fact]
    public async Task Another_count_than_expected_no_reason_a_mistyped_field_and_a_dry_run_do_nothing()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"]);
        foreach (var action in (string[])["replay", "rebase", "discard"])
        {
            var path = $"/dead-letters/{action}";
            (await ParkedEnvironment.RefusedAsync(environment.Operator, path, """{"reason": "all", "expect": 3}""", HttpStatusCode.Conflict, "count-changed")).Number("count").ShouldBe(2);
            foreach (var json in (string[])["""{"case": "4"}""", """{"case": "4", "reason": " "}""", """{"reason": "x", "cases": "4"}""", """{"reason": "x"}""", """{"reason": "x", "kind": "odd"}""", "[]", "no JSON"])
            {
                await ParkedEnvironment.RefusedAsync(environment.Operator, path, json, HttpStatusCode.BadRequest, "invalid");
            }

            (await ParkedEnvironment.PostAsync(environment.Operator, path, """{"reason": "look", "dryRun": true}""", HttpStatusCode.OK)).Number("count").ShouldBe(2);
        }

        (await environment.OpenAsync()).ShouldBe(2);
        (await environment.Workspace.CountAsync("operator_jobs")).ShouldBe(0);
        (await environment.Workspace.CountAsync("operator_audit WHERE action NOT LIKE 'key-%'")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_discarded_can_be_restored()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"]);
        var ids = (await environment.Viewer.JsonAsync("/dead-letters"))["letters"]!.AsArray().Select(deadLetter => deadLetter!.Number("id")).ToList();
        var discarded = await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/discard", $$"""{"ids": [{{ids[1]}}], "reason": "noise"}""", HttpStatusCode.OK);
        discarded["ids"]!.AsArray().Select(id => id!.GetValue<long>()).ShouldBe([ids[1]]);
        (await environment.OpenAsync()).ShouldBe(1);
        (await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/restore", """{"case": "4", "reason": "wanted", "dryRun": true}""", HttpStatusCode.OK)).Number("count").ShouldBe(1);
        var restored = await ParkedEnvironment.PostAsync(environment.Operator, "/dead-letters/restore", """{"reason": "wanted after all", "expect": 1}""", HttpStatusCode.OK);
        restored["ids"]!.AsArray().Select(id => id!.GetValue<long>()).ShouldBe([ids[1]]);
        (await environment.OpenAsync()).ShouldBe(2);
        var entry = await environment.LastEntryAsync();
        (entry["operator"]!.ToString(), entry["action"]!.ToString(), entry["reason"]!.ToString(), entry.Number("letters")).ShouldBe(("tester", "restore", "wanted after all", 1));
    }

    [Fact]
    public async Task A_viewer_changes_nothing_an_operator_does_not_edit_and_both_are_written_down()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"]);
        foreach (var path in (string[])["/dead-letters/replay", "/dead-letters/rebase", "/dead-letters/discard", "/dead-letters/restore", $"/jobs/{Guid.NewGuid()}/cancel", "/dead-letters/1/edit"])
        {
            await ParkedEnvironment.RefusedAsync(environment.Viewer, path, """{"case": "4", "reason": "not mine to do"}""", HttpStatusCode.Forbidden, "forbidden");
            (await environment.LastEntryAsync())["action"]!.ToString().ShouldBe($"POST {path}");
        }

        await ParkedEnvironment.RefusedAsync(environment.Operator, "/dead-letters/1/edit", """{"reason": "not mine to do", "body": {}}""", HttpStatusCode.Forbidden, "forbidden");
        (await environment.Workspace.CountAsync("operator_audit WHERE result LIKE 'denied:%'")).ShouldBe(7);
        (await environment.OpenAsync()).ShouldBe(2);
        (await environment.Workspace.CountAsync("operator_jobs")).ShouldBe(0);
    }

    [Fact]
    public async Task Where_editing_is_off_it_is_refused_and_written_down()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"]);
        var problem = await ParkedEnvironment.RefusedAsync(environment.Editor, "/dead-letters/1/edit", """{"reason": "mistyped", "body": {"body": "harmless"}}""", HttpStatusCode.UnprocessableEntity, "edit-refused");
        problem["detail"]!.ToString().ShouldContain("EditDeadLetters");
        var entry = await environment.LastEntryAsync();
        (entry["action"]!.ToString(), entry["reason"]!.ToString()).ShouldBe(("edit", "mistyped"));
        entry["result"]!.ToString().ShouldStartWith("denied:");
        (await environment.OpenAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Where_editing_is_on_another_body_opens_the_case_and_one_that_would_be_invalid_does_not()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, ["second"], ("CaseWorker__EditDeadLetters", "true"));
        var path = $"/dead-letters/{await environment.Workspace.ScalarAsync<long>("SELECT id FROM dead_letters WHERE kind = 'failed'")}/edit";
        var invalid = await ParkedEnvironment.RefusedAsync(environment.Editor, path, """{"reason": "mistyped", "body": {"body": 5}}""", HttpStatusCode.UnprocessableEntity, "edit-refused");
        invalid["errors"]![0]!["path"]!.ToString().ShouldStartWith("/body");
        await ParkedEnvironment.RefusedAsync(environment.Editor, path, """{"reason": "mistyped"}""", HttpStatusCode.BadRequest, "invalid");
        var plan = await ParkedEnvironment.PostAsync(environment.Editor, path, """{"reason": "mistyped", "body": {"body": "harmless"}, "dryRun": true}""", HttpStatusCode.OK);
        (plan["before"]!["body"]!.ToString(), plan["after"]!["body"]!.ToString()).ShouldBe((Poison.Text, "harmless"));
        (await environment.OpenAsync()).ShouldBe(2);

        await ParkedEnvironment.PostAsync(environment.Editor, path, """{"reason": "mistyped", "body": {"body": "harmless"}}""", HttpStatusCode.Accepted);
        await Poison.UntilFinishedAsync(environment.Workspace);
        (await Poison.NotesAsync(environment.Workspace, 4)).ShouldBe("harmless second");
    }

    [Fact]
    public async Task A_preview_has_the_same_limits_over_HTTP_and_on_the_command_line_and_says_what_it_left_out()
    {
        await using var environment = await ParkedEnvironment.StartAsync(servers, [.. Enumerable.Range(1, 500).Select(number => $"{number}")]);
        var publisher = await environment.Workspace.PublisherAsync();
        await publisher.SendAsync([.. Enumerable.Range(5, 20).SelectMany(reference => (JsonObject[])[CommandJson.Create(reference), Poison.Note(reference)])]);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM parked_cases", count => count == 21);

        var preview = await ParkedEnvironment.PostAsync(environment.Viewer, "/dead-letters/preview", "{}", HttpStatusCode.OK);
        (preview["cases"]!.AsArray().Count, preview["hasMore"]!.GetValue<bool>(), preview.Number("caseCount")).ShouldBe((20, true, 21));
        (preview["cases"]![0]!["letters"]!.AsArray().Count, preview["cases"]![0]!.Number("count")).ShouldBe((500, 501));

        await using var process = WorkerProcess.CaseWorker(environment.Workspace, batchLimit: 400, "dead", "preview", "--json");
        (await process.ExitAsync(seconds: 60)).ShouldBe(0, process.Output);
        process.Output.Split('\n').Count(line => line.StartsWith('{')).ShouldBe(500 + 19);
        process.Output.ShouldContain("Case 4: the first 500 of 501 commands were tried.");
        process.Output.ShouldContain("The first 20 of 21 cases were tried.");
    }

    /// <summary>What a replay of case 4 would do, in words.</summary>
    private static async Task<IEnumerable<string>> WouldAsync(ParkedEnvironment environment)
    {
        var preview = await ParkedEnvironment.PostAsync(environment.Viewer, "/dead-letters/preview", """{"case": "4"}""", HttpStatusCode.OK);
        var parked = preview["cases"]!.AsArray().Single()!;
        parked["caseReference"]!.ToString().ShouldBe("4");
        return parked["letters"]!.AsArray().Select(deadLetter => deadLetter!["would"]!.ToString());
    }
}
