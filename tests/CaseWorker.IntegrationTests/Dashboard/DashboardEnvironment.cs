using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Dashboard;

/// <summary>A worker that serves the page, with a case that is parked behind a poisoned note, and browser windows on it.</summary>
internal sealed class DashboardEnvironment : IAsyncDisposable
{
    private readonly IBrowser browser;
    private readonly List<string> complaints = [];

    private DashboardEnvironment(Workspace workspace, HttpWorker worker, Publisher publisher, IBrowser browser) =>
        (Workspace, Worker, Publisher, this.browser) = (workspace, worker, publisher, browser);

    public Workspace Workspace { get; }

    public HttpWorker Worker { get; }

    public Publisher Publisher { get; }

    /// <summary>Between the worker and its database, where there is one.</summary>
    public NetworkProxy? Proxy { get; private init; }

    /// <summary>What browsers wrote into their consoles as errors, and requests of theirs that failed.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public static async Task<DashboardEnvironment> StartAsync(Servers servers, Chromium chromium, bool gated = false)
    {
        var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        await Poison.AddAsync(workspace);
        var proxy = gated ? workspace.Own(NetworkProxy.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port)) : null;
        proxy?.Open();
        var connection = proxy is null ? workspace.WorkerConnection : new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;
        var worker = await HttpWorker.StartAsync(workspace, ("ConnectionStrings__CaseWorker", connection));
        return new DashboardEnvironment(workspace, worker, await workspace.PublisherAsync(), chromium.Browser) { Proxy = proxy };
    }

    /// <summary>Case 4 exists, its second command is poisoned, and these wait behind it.</summary>
    public async Task ParkAsync(params JsonObject[] behind)
    {
        await Publisher.SendAsync([CommandJson.Create(4), Poison.Note(4), .. behind]);
        await Workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == behind.Length + 1);
    }

    /// <summary>A window in which somebody is signed in.</summary>
    public async Task<IPage> SignedInAsync(string scope, string name = "ann", BrowserNewContextOptions? options = null)
    {
        var page = await WindowAsync(options);
        await SignInAsync(page, await Worker.KeyAsync(scope, name));
        (await page.Locator("h1").TextContentAsync()).ShouldBe("Overview");
        return page;
    }

    /// <summary>A window, at the sign-in.</summary>
    public async Task<IPage> WindowAsync(BrowserNewContextOptions? options = null)
    {
        options ??= new BrowserNewContextOptions();
        options.BaseURL = Worker.Address.ToString();
        var page = await (await browser.NewContextAsync(options)).NewPageAsync();
        page.SetDefaultTimeout(20_000);
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
            {
                complaints.Add($"{page.Url}: {message.Text}");
            }
        };
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        await page.GotoAsync("/ops");
        return page;
    }

    public static async Task SignInAsync(IPage page, string key)
    {
        await page.GetByLabel("Key").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>The number of the only dead letter of this kind.</summary>
    public Task<long> DeadLetterAsync(string kind) => Workspace.ScalarAsync<long>($"SELECT id FROM dead_letters WHERE kind = '{kind}'");

    public async ValueTask DisposeAsync()
    {
        foreach (var context in browser.Contexts.ToList())
        {
            await context.CloseAsync();
        }

        await Worker.DisposeAsync();
        await Workspace.DisposeAsync();
    }
}
