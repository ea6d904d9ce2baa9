using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Shouldly;

namespace CaseWorker.IntegrationTests.Dashboard;

/// <summary>What the page shows: foreign text as text, on a telephone too, fresh, and the truth when a server is away.</summary>
public sealed class DashboardTests(Servers servers, Chromium chromium) : IClassFixture<Chromium>
{
    private const string Hostile = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\u202Eright to left";

    [Fact]
    public async Task A_hostile_message_is_shown_as_text_and_the_policy_lets_no_inline_code_run()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var hostile = CommandJson.Note(4, "held " + Hostile);
        hostile["actor"] = Hostile;
        await environment.ParkAsync(hostile);
        await environment.Publisher.SendAsync(CommandJson.Create(8, new JsonObject { [Hostile] = Hostile }));
        await environment.Publisher.SendTextAsync($"{Hostile}\0", slot: 0);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 3);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM case_events", count => count == 2);
        var page = await environment.SignedInAsync("operator", Hostile[..60]);
        foreach (var address in (string[])[$"/ops/dead-letters/{await environment.DeadLetterAsync("held")}", $"/ops/dead-letters/{await environment.DeadLetterAsync("unreadable")}", "/ops/cases/8"])
        {
            await page.GotoAsync(address);
            var shown = (await page.Locator("main").TextContentAsync())!;
            shown.ShouldContain("<script>");
            shown.ShouldNotContain("\u202E");
            (await page.Locator("main script, main img").CountAsync()).ShouldBe(0, address);
            (await page.TitleAsync()).ShouldEndWith("· CaseWorker");
        }

        environment.Complaints.ShouldBeEmpty();
        await page.EvaluateAsync("""
            () => {
              const script = document.createElement('script');
              script.textContent = "document.title = 'taken'";
              document.body.append(script);
            }
            """);
        (await page.TitleAsync()).ShouldEndWith("· CaseWorker");
    }

    [Fact]
    public async Task No_page_scrolls_sideways_on_a_telephone_or_complains()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"), CommandJson.Note(4, new string('w', 500)));
        await environment.Publisher.SendTextAsync(new string('x', 2_000), slot: 0);
        await environment.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 4);
        var job = (await Poison.Operations(environment.Workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 })).Job;
        await Poison.UntilFinishedAsync(environment.Workspace);
        var page = await environment.SignedInAsync("operator", "ann with quite a long name", new() { ViewportSize = new() { Width = 390, Height = 844 }, ColorScheme = ColorScheme.Dark });
        foreach (var address in (string[])
        [
            "/ops", "/ops/dead-letters", "/ops/dead-letters?view=fingerprints", "/ops/dead-letters?view=list", $"/ops/dead-letters/{await environment.DeadLetterAsync("unreadable")}",
            "/ops/dead-letters/replay?case=4", "/ops/dead-letters/discard", "/ops/cases/4", "/ops/jobs", $"/ops/jobs/{job}", "/ops/audit", "/ops/sign-in",
        ])
        {
            var answer = await page.GotoAsync(address);
            answer!.Status.ShouldBe(200, address);
            answer.Headers["content-security-policy"].ShouldStartWith("default-src 'none'");
            answer.Headers["cache-control"].ShouldContain("no-store");
            (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")).ShouldBe(0, address);
            (await page.Locator("h1").CountAsync()).ShouldBe(1, address);
        }

        environment.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_shown_refreshes_itself_and_keeps_the_focus()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await environment.SignedInAsync("viewer");
        await Assertions.Expect(page.Locator(".tile").First).ToContainTextAsync("0 open dead letters");
        await page.Locator(".tile").First.FocusAsync();
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        await Assertions.Expect(page.Locator(".tile").First).ToContainTextAsync("2 open dead letters", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator(".tile").First).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator(".tile").Nth(1)).ToContainTextAsync("1 parked case");
        (await page.Locator(".slots li").CountAsync()).ShouldBe(environment.Workspace.Slots);
        environment.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_and_not_a_failure()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium, gated: true);
        var page = await environment.SignedInAsync("viewer");
        environment.Proxy!.Close();
        var answer = await page.GotoAsync("/ops/jobs");
        answer!.Status.ShouldBe(503);
        (await page.Locator("h1").TextContentAsync()).ShouldBe("The database does not answer");

        environment.Proxy!.Open();

        // Connections that broke meanwhile are found one by one.
        await Eventually.HoldsAsync("the page to find its database again", async () => (await page.GotoAsync("/ops/jobs"))!.Status != 503);
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Jobs");
    }
}
