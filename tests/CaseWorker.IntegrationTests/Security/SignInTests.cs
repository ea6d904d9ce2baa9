using System.Net;
using CaseWorker.IntegrationTests.Dashboard;
using Microsoft.Playwright;
using Shouldly;

namespace CaseWorker.IntegrationTests.Security;

/// <summary>Who comes in, and what a viewer, a stranger and another site cannot do.</summary>
public sealed class SignInTests(Servers servers, Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task A_wrong_key_is_told_so_a_right_one_leads_on_and_a_revoked_one_is_signed_out()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await environment.WindowAsync();
        await page.GotoAsync("/ops/audit");
        page.Url.ShouldContain("/ops/sign-in?ReturnUrl=%2Fops%2Faudit");
        await DashboardEnvironment.SignInAsync(page, "cwk_00000000_000000000000000000000000000000000000000000000000");
        (await page.GetByRole(AriaRole.Alert).TextContentAsync())!.ShouldContain("unknown or revoked");

        await DashboardEnvironment.SignInAsync(page, await environment.Worker.KeyAsync("viewer", "bob"));
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Audit");
        (await page.Locator(".who").TextContentAsync())!.ShouldContain("bob");

        await environment.Workspace.ExecuteAsync("UPDATE api_keys SET revoked_at = now()");
        await page.GotoAsync("/ops/jobs");
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Sign in");
    }

    [Fact]
    public async Task A_sign_in_is_good_at_another_worker_and_after_a_restart()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await environment.SignedInAsync("viewer", "bob");
        await using (var another = await HttpWorker.StartAsync(environment.Workspace))
        {
            await page.GotoAsync(new Uri(another.Address, "/ops/audit").ToString());
            (await page.Locator("h1").TextContentAsync()).ShouldBe("Audit");
        }

        environment.Worker.Process.Kill();
        await using var restarted = await HttpWorker.StartAsync(environment.Workspace);
        await page.GotoAsync(new Uri(restarted.Address, "/ops/audit").ToString());
        (await page.Locator(".who").TextContentAsync())!.ShouldContain("bob");
        (await environment.Workspace.CountAsync("cookie_keys")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_sign_in_is_void_without_the_keys_of_the_database()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await environment.SignedInAsync("viewer");
        await environment.Workspace.ExecuteAsync("DELETE FROM cookie_keys");

        await using var another = await HttpWorker.StartAsync(environment.Workspace);
        await page.GotoAsync(new Uri(another.Address, "/ops/audit").ToString());
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Sign in");
    }

    [Fact]
    public async Task Signing_in_leads_to_the_pages_own_addresses_only()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        var page = await environment.WindowAsync();
        await page.GotoAsync("/ops/sign-in?ReturnUrl=https%3A%2F%2Fexample.org%2F");
        await DashboardEnvironment.SignInAsync(page, await environment.Worker.KeyAsync("viewer"));
        new Uri(page.Url).AbsolutePath.ShouldBe("/ops");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GotoAsync("/ops");
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Sign in");
    }

    [Fact]
    public async Task A_viewer_sees_no_actions_and_a_forged_one_is_refused_and_audited()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        var page = await environment.SignedInAsync("viewer", "eve");
        foreach (var address in (string[])["/ops/dead-letters", "/ops/dead-letters?view=list", $"/ops/dead-letters/{await environment.DeadLetterAsync("failed")}", "/ops/cases/4"])
        {
            await page.GotoAsync(address);
            (await page.Locator("main").TextContentAsync())!.ShouldContain("failed");
            (await page.Locator(".actions .button").CountAsync()).ShouldBe(0, address);
        }

        await page.EvaluateAsync("""
            () => {
              const form = document.querySelector('form.who');
              form.action = '/ops/dead-letters/discard';
              form.insertAdjacentHTML('beforeend', '<input name="ids" value="1"><input name="reason" value="mine">');
              form.submit();
            }
            """);
        await page.WaitForURLAsync("**/ops/denied**");
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Your key does not allow this");
        (await environment.Workspace.CountAsync("dead_letters WHERE state <> 'open'")).ShouldBe(0);
        await page.GotoAsync("/ops/audit");
        var audit = await page.Locator("tbody tr").First.TextContentAsync();
        audit!.ShouldContain("eve");
        audit!.ShouldContain("POST /ops/dead-letters/discard");
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        await environment.ParkAsync(CommandJson.Note(4, "held"));
        var page = await environment.SignedInAsync("editor");
        foreach (var address in (string[])["/ops/dead-letters/discard", $"/ops/jobs/{Guid.NewGuid()}/cancel", "/ops/sign-out", "/ops/sign-in"])
        {
            // The window's own cookies go along, as with a form on another site if the browser let them.
            var form = page.APIRequest.CreateFormData().Append("ids", "1").Append("reason", "mine").Append("key", "cwk_");
            (await page.APIRequest.PostAsync(address, new() { Form = form })).Status.ShouldBe((int)HttpStatusCode.BadRequest, address);
        }

        (await environment.Workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(2);
        await page.GotoAsync("/ops");
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Overview");
    }

    [Fact]
    public async Task Strangers_get_the_sign_in_and_nothing_else()
    {
        await using var environment = await DashboardEnvironment.StartAsync(servers, chromium);
        using var stranger = await environment.Worker.ClientAsync(null);
        foreach (var address in (string[])["/ops", "/ops/dead-letters", "/ops/dead-letters/1", "/ops/dead-letters/replay", "/ops/cases/4", "/ops/jobs", "/ops/audit", "/ops/denied", "/ops/what"])
        {
            var answer = await stranger.GetAsync(new Uri(address, UriKind.Relative));
            answer.StatusCode.ShouldBe(HttpStatusCode.Redirect, address);
            answer.Headers.Location!.ToString().ShouldContain("/ops/sign-in");
        }

        // A key that programs send is no sign-in: a page with buttons is for people.
        using var program = await environment.Worker.ClientAsync("editor");
        (await program.GetAsync(new Uri("/ops/audit", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }
}
