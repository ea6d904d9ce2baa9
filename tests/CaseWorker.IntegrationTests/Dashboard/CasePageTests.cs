using CaseWorker.Contracts;
using Microsoft.Playwright;
using Shouldly;

namespace CaseWorker.IntegrationTests.Dashboard;

/// <summary>The page of a case with a long history and a long parked queue, and the causes of dead letters.</summary>
public sealed class CasePageTests(Servers servers, Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task The_whole_history_is_reached_from_both_ends_and_the_queue_is_one_row_with_its_exact_length()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.Publisher.SendAsync([CommandJson.Create(4), .. Enumerable.Range(1, 220).Select(number => CommandJson.Note(4, $"note {number}"))]);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM case_events", count => count == 221);
        await environment.Publisher.SendAsync([Poison.Note(4), .. Enumerable.Range(1, 120).Select(number => CommandJson.Note(4, $"held {number}"))]);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 121);

        var page = await environment.SignedInAsync("operator");
        await page.GotoAsync("/ops/cases/4");
        (await page.Locator("#parked").TextContentAsync()).ShouldBe("Parked: 121 commands waiting");
        (await page.Locator(".parked li").CountAsync()).ShouldBe(2);
        (await page.Locator(".timeline li").CountAsync()).ShouldBe(100);
        (await page.Locator(".timeline li").First.TextContentAsync())!.ShouldContain("failed");
        var back = await WalkAsync(page, "Older");
        back.Count.ShouldBe(222);
        back[^1].ShouldContain("case.create");
        (await page.GetByRole(AriaRole.Link, new() { Name = "Older", Exact = true }).CountAsync()).ShouldBe(0);

        await FollowAsync(page, "Newest");
        await FollowAsync(page, "Oldest");
        (await page.Locator(".timeline li").Last.TextContentAsync())!.ShouldContain("case.create");
        (await WalkAsync(page, "Newer")).Order(StringComparer.Ordinal).ShouldBe(back.Order(StringComparer.Ordinal));

        (await page.GotoAsync("/ops/cases/4?before=mistyped"))!.Status.ShouldBe(400);
        await page.GotoAsync("/ops/cases/4");
        await FollowAsync(page, "120 commands behind it");
        (await page.Locator("tbody tr").CountAsync()).ShouldBe(50);
        (await page.Locator("tbody tr").First.TextContentAsync())!.ShouldContain("held");
    }

    [Fact]
    public async Task A_group_is_a_cause_with_what_waits_behind_it_and_keeps_the_digits_that_tell_causes_apart()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "one"), CommandJson.Note(4, "two"), CommandJson.Note(4, "three"));
        await environment.Publisher.SendRawAsync([0xff, 0xfe], CaseTopology.RoutingKeyOf(0));
        await environment.Publisher.SendAsync([CommandJson.Create(5), Poison.Note(5), CommandJson.Note(5, "four")]);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 7);

        var page = await environment.SignedInAsync("operator");
        await page.GotoAsync("/ops/dead-letters?view=fingerprints");
        var groups = await page.Locator("article").AllTextContentsAsync();
        groups.Count.ShouldBe(2);
        groups[0].ShouldContain("2 dead letters, 2 cases");
        groups[0].ShouldContain("Blocks 4 commands of 2 cases.");
        groups[0].ShouldContain("of case # fails every time: 23514: ");
        groups[1].ShouldContain("is not UTF-8 text");
        groups[1].ShouldNotContain("Blocks");
    }

    [Fact]
    public async Task An_open_page_logs_nothing()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        var page = await environment.SignedInAsync("operator");
        var said = environment.Worker.Process.Output;
        foreach (var address in (string[])["/ops", "/ops/dead-letters", "/ops/dead-letters/replay?case=4", "/ops/cases/4", "/ops/jobs", "/ops/audit"])
        {
            await page.GotoAsync(address);
        }

        await page.GotoAsync("/ops");
        for (var refresh = 0; refresh < 2; refresh++)
        {
            await page.WaitForResponseAsync(response => response.Request.Headers.ContainsKey("x-live"));
        }

        environment.Worker.Process.Output.ShouldBe(said);
    }

    /// <summary>The entries of this page and of all that a link leads to.</summary>
    private static async Task<List<string>> WalkAsync(IPage page, string link)
    {
        var found = new List<string>();
        while (true)
        {
            found.AddRange(await page.Locator(".timeline li").AllTextContentsAsync());
            if (await page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).CountAsync() == 0)
            {
                return found;
            }

            await FollowAsync(page, link);
        }
    }

    private static async Task FollowAsync(IPage page, string link) =>
        await page.GotoAsync((await page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.GetAttributeAsync("href"))!);
}
