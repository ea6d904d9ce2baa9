using Microsoft.Playwright;

namespace CaseWorker.IntegrationTests.Dashboard;

/// <summary>One browser for a class of tests.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        playwright = await Playwright.CreateAsync();

        // Its sandbox needs another user than root.
        var arguments = string.Equals(Environment.UserName, "root", StringComparison.Ordinal) ? new[] { "--no-sandbox" } : [];
        Browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Programs.Chromium, Args = arguments });
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright?.Dispose();
    }
}
