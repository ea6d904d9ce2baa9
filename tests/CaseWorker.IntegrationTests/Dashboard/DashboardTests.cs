using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.World;
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
        await using var world = await DashboardEnvironment.StartAsync(servers, chromium);
        var hostile = Wire.Note(4, "held " + Hostile);
        hostile["actor"] = Hostile;
        await world.ParkAsync(hostile);
        await world.Publisher.SendAsync(Wire.Create(8, new JsonObject { [Hostile] = Hostile }));
        await world.Publisher.SendTextAsync($"{Hostile}\0", slot: 0);
        await world.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 3);
        await world.Workspace.UntilAsync("SELECT count(*) FROM case_events", count => count == 2);
        var page = await world.SignedInAsync("operator", Hostile[..60]);
        foreach (var address in (string[])[$"/ops/dead-letters/{await world.LetterAsync("held")}", $"/ops/dead-letters/{await world.LetterAsync("unreadable")}", "/ops/cases/8"])
        {
            await page.GotoAsync(address);
            var shown = (await page.Locator("main").TextContentAsync())!;
            shown.ShouldContain("<script>");
            shown.ShouldNotContain("\u202E");
            (await page.Locator("main script, main img").CountAsync()).ShouldBe(0, address);
            (await page.TitleAsync()).ShouldEndWith("· CaseWorker");
        }

        world.Complaints.ShouldBeEmpty();
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
        await using var world = await DashboardEnvironment.StartAsync(servers, chromium);
        await world.ParkAsync(Wire.Note(4, "held"), Wire.Note(4, new string('w', 500)));
        await world.Publisher.SendTextAsync(new string('x', 2_000), slot: 0);
        await world.Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 4);
        var job = (await Poison.Desk(world.Workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 })).Job;
        await Poison.UntilFinishedAsync(world.Workspace);
        var page = await world.SignedInAsync("operator", "ann with quite a long name", new() { ViewportSize = new() { Width = 390, Height = 844 }, ColorScheme = ColorScheme.Dark });
        foreach (var address in (string[])
        [
            "/ops", "/ops/dead-letters", "/ops/dead-letters?view=fingerprints", "/ops/dead-letters?view=letters", $"/ops/dead-letters/{await world.LetterAsync("unreadable")}",
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

        world.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_shown_refreshes_itself_and_keeps_the_focus()
    {
        await using var world = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await world.SignedInAsync("viewer");
        await Assertions.Expect(page.Locator(".tile").First).ToContainTextAsync("0 open dead letters");
        await page.Locator(".tile").First.FocusAsync();
        await world.ParkAsync(Wire.Note(4, "held"));
        await Assertions.Expect(page.Locator(".tile").First).ToContainTextAsync("2 open dead letters", new() { Timeout = 20_000 });
        await Assertions.Expect(page.Locator(".tile").First).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator(".tile").Nth(1)).ToContainTextAsync("1 parked case");
        (await page.Locator(".slots li").CountAsync()).ShouldBe(world.Workspace.Slots);
        world.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_and_not_a_failure()
    {
        await using var world = await DashboardEnvironment.StartAsync(servers, chromium, gated: true);
        var page = await world.SignedInAsync("viewer");
        world.Gate!.Shut();
        var answer = await page.GotoAsync("/ops/jobs");
        answer!.Status.ShouldBe(503);
        (await page.Locator("h1").TextContentAsync()).ShouldBe("The database does not answer");

        world.Gate.Open();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await page.GotoAsync("/ops/jobs"))!.Status == 503)
        {
            // Connections that broke meanwhile are found one by one.
            await timer.WaitForNextTickAsync(limit.Token);
        }

        (await page.Locator("h1").TextContentAsync()).ShouldBe("Jobs");
    }
}
