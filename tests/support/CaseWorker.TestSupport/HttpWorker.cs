using System.Net.Http.Headers;

namespace CaseWorker.TestSupport;

/// <summary><c>caseworker run</c> as a real process, spoken to over HTTP with keys made by <c>caseworker key create</c>.</summary>
internal sealed class HttpWorker : IAsyncDisposable
{
    private readonly Dictionary<string, string?> environment;
    private readonly List<HttpClient> clients = [];

    private HttpWorker(Dictionary<string, string?> environment, WorkerProcess process, Uri address) =>
        (this.environment, Process, Address) = (environment, process, address);

    public WorkerProcess Process { get; }

    public Uri Address { get; }

    /// <param name="workspace">Its servers.</param>
    /// <param name="settings">Further environment variables.</param>
    public static async Task<HttpWorker> StartAsync(Workspace workspace, params (string Name, string Value)[] settings)
    {
        var environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        var process = WorkerProcess.CaseWorker(environment, "run");
        try
        {
            await process.StartedAsync();
            return new HttpWorker(environment, process, await process.AddressAsync());
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new key.</summary>
    /// <param name="scope">viewer, operator or editor.</param>
    /// <param name="name">Whose it is.</param>
    public async Task<string> KeyAsync(string scope, string name = "tester")
    {
        await using var verb = WorkerProcess.CaseWorker(environment, "key", "create", "--name", name, "--scope", scope);
        return await verb.ExitAsync() == 0 ? verb.StandardOutput.Trim() : throw new InvalidOperationException($"No key was made:\n{verb.Output}");
    }

    /// <summary>A client with a new key of this scope; null for a stranger without one. It does not follow redirects.</summary>
    public async Task<HttpClient> ClientAsync(string? scope)
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        clients.Add(client);
        if (scope is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await KeyAsync(scope));
        }

        return client;
    }

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await Process.DisposeAsync();
    }
}
