using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.Dashboard;
using Microsoft.Playwright;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>What an operator does by clicking.</summary>
public sealed class OperatorActionTests(Servers servers, Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_parked_case_is_found_tried_repaired_and_replayed_with_script_and_without(bool hasScript)
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "second"), CommandJson.Note(4, "third"));
        var page = await environment.SignedInAsync("operator", "ann", new() { JavaScriptEnabled = hasScript });
        await page.GetByRole(AriaRole.Link, new() { Name = "Dead letters", Exact = true }).ClickAsync();
        var found = page.Locator("article.group");
        (await found.TextContentAsync())!.ShouldContain("2 commands waiting behind it");

        await found.GetByRole(AriaRole.Link, new() { Name = "Replay (preview first)…" }).ClickAsync();
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Replay 3 dead letters?");
        var would = page.GetByRole(AriaRole.Region, new() { Name = "Preview" }).Locator(".badge");
        (await would.AllTextContentsAsync()).ShouldBe(["failed", "held", "held"]);
        await Poison.RemoveAsync(environment.Workspace);
        await page.ReloadAsync();
        (await would.AllTextContentsAsync()).ShouldBe(["accepted", "accepted", "accepted"]);
        (await Poison.NotesAsync(environment.Workspace, 4)).ShouldBe("");

        await page.GetByLabel("Why (for the audit)").FillAsync("the table is repaired");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay 3 dead letters" }).ClickAsync();
        await page.WaitForURLAsync("**/ops/jobs/*");
        await Poison.UntilFinishedAsync(environment.Workspace);
        await page.ReloadAsync();
        (await page.Locator("main").TextContentAsync())!.ShouldContain("3 of 3");

        await page.GetByRole(AriaRole.Link, new() { Name = "4", Exact = true }).First.ClickAsync();
        (await page.Locator(".timeline .good .detail").AllTextContentsAsync()).ShouldBe(["third", "second", "poison", "n: 0"]);
        (await page.Locator(".timeline li.neutral").Last.TextContentAsync())!.ShouldContain("the table is repaired");
        (await page.Locator(".parked").CountAsync()).ShouldBe(0);
        await page.GotoAsync("/ops/audit");
        (await page.Locator("tbody").TextContentAsync())!.ShouldContain("ann");
        environment.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stale_command_would_conflict_when_replayed_and_be_applied_when_rebased()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Merge(4, new JsonObject { ["mine"] = 1 }, version: 2), CommandJson.Merge(4, new JsonObject { ["mine"] = 2 }, version: 2));
        await Poison.RemoveAsync(environment.Workspace);
        var page = await environment.SignedInAsync("operator");
        var would = page.GetByRole(AriaRole.Region, new() { Name = "Preview" }).Locator(".badge");
        await page.GotoAsync("/ops/dead-letters/replay");
        (await would.AllTextContentsAsync()).ShouldBe(["accepted", "accepted", "conflicted"]);
        await page.GotoAsync("/ops/dead-letters/rebase");
        (await would.AllTextContentsAsync()).ShouldBe(["accepted", "accepted", "accepted"]);
        (await environment.Workspace.ScalarAsync<string>("SELECT json_blob::text FROM case_data WHERE reference = 4")).ShouldNotContain("mine");
    }

    [Fact]
    public async Task What_arrives_after_the_question_is_not_touched()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        var page = await environment.SignedInAsync("operator");
        await page.GotoAsync("/ops/dead-letters/discard");
        await environment.Publisher.SendAsync(CommandJson.Note(4, "later"));
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 3);

        await page.GetByLabel("Why (for the audit)").FillAsync("not wanted");
        await page.GetByRole(AriaRole.Button, new() { Name = "Discard 2 dead letters" }).ClickAsync();
        (await page.Locator(".done").TextContentAsync())!.ShouldBe("2 dead letters discarded. It is in the audit.");
        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'discarded'")).ShouldBe(2);
        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(1);

        await page.GotoAsync("/ops/dead-letters/restore");
        await page.GetByLabel("Why (for the audit)").FillAsync("wanted after all");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore 2 dead letters" }).ClickAsync();
        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(3);
    }

    [Fact]
    public async Task Above_ten_the_count_must_be_typed_and_a_reason_is_always_asked_for()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync([.. Enumerable.Range(1, 11).Select(i => CommandJson.Note(4, $"held {i}"))]);

        // Without script and without the browser's own checks: the server asks.
        var page = await environment.SignedInAsync("operator");
        await page.GotoAsync("/ops/dead-letters/discard");
        async Task<string> SubmitAsync(string reason, string count)
        {
            await page.GetByLabel("Why (for the audit)").FillAsync(reason);
            await page.GetByLabel("Type 12 to confirm").FillAsync(count);
            await page.EvaluateAsync("() => document.querySelector('form.card').setAttribute('novalidate', '')");
            await page.GetByRole(AriaRole.Button, new() { Name = "Discard 12 dead letters" }).ClickAsync();
            return (await page.Locator(".problem, .done").First.TextContentAsync())!;
        }

        (await SubmitAsync("", "12")).ShouldContain("Say why");
        (await SubmitAsync("noise", "")).ShouldContain("type 12");
        (await SubmitAsync("noise", "11")).ShouldContain("type 12");
        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(12);
        (await SubmitAsync("noise", "12")).ShouldContain("12 dead letters discarded");
        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(0);
    }

    [Fact]
    public async Task Letters_are_found_by_what_the_address_says_and_grouped_by_what_happened()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        await environment.Publisher.SendAsync([CommandJson.Create(8), Poison.Note(8)]);
        await environment.Publisher.SendTextAsync("no JSON", slot: 0);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 4);
        var page = await environment.SignedInAsync("operator");

        await page.GotoAsync("/ops/dead-letters?view=fingerprints&kind=failed");
        (await page.Locator("article.group h2").AllTextContentsAsync()).ShouldBe(["2 dead letters, 2 cases"]);
        await page.GetByRole(AriaRole.Link, new() { Name = "Show them" }).ClickAsync();
        (await page.Locator("tbody tr").CountAsync()).ShouldBe(2);
        foreach (var (address, count) in ((string, int)[])[("case=4", 2), ("kind=unreadable", 1), ("error=NO_POISON", 2), ("state=discarded", 0), ("since=2100-01-01", 0), ("until=2100-01-01", 4)])
        {
            await page.GotoAsync($"/ops/dead-letters?view=list&{address}");
            (await page.Locator("tbody tr").CountAsync()).ShouldBe(count, address);
        }

        (await page.GotoAsync("/ops/dead-letters?case=four"))!.Status.ShouldBe(400);
        (await page.GetByRole(AriaRole.Alert).TextContentAsync())!.ShouldContain("not a case reference");
    }
}
