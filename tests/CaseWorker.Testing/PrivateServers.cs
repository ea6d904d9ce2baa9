using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace CaseWorker.Testing;

/// <summary>A real PostgreSQL and a real RabbitMQ of one suite's or experiment's own, started through infra/services.sh on free loopback ports.</summary>
public class PrivateServers : IAsyncDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"caseworker-suite-{Guid.NewGuid():n}");
    private Dictionary<string, string> environment = [];

    /// <summary>The repository, found upwards from the tests' own folder.</summary>
    public static string Repository { get; } = FindRepository();

    public string AdminConnection => environment["CASEWORKER_POSTGRES_ADMIN"];

    public string OwnerConnection => environment["ConnectionStrings__CaseWorkerOwner"];

    public string WorkerConnection => environment["ConnectionStrings__CaseWorker"];

    public Uri Broker => new(environment["RabbitMq__Uri"]);

    public Uri Management => new(environment["CASEWORKER_RABBITMQ_MANAGEMENT"]);

    public async Task StartAsync()
    {
        await ScriptAsync("start", folder);
        environment = (await File.ReadAllLinesAsync(Path.Combine(folder, "env")))
            .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
            .Select(line => line["export ".Length..].Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''), StringComparer.Ordinal);
    }

    public Task KillPostgresAsync() => ScriptAsync("kill", folder, "postgres");

    public Task StartPostgresAsync() => ScriptAsync("up", folder, "postgres");

    public Task KillRabbitAsync() => ScriptAsync("kill", folder, "rabbitmq");

    public Task StartRabbitAsync() => ScriptAsync("up", folder, "rabbitmq");

    public HttpClient ManagementClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Management.GetLeftPart(UriPartial.Authority).Replace(Management.UserInfo + "@", "", StringComparison.Ordinal)) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(Management.UserInfo)));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await ScriptAsync("stop", folder);
        Directory.Delete(folder, recursive: true);
    }

    /// <exception cref="InvalidOperationException">The script failed: tests need their servers, and never skip.</exception>
    private static async Task ScriptAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Repository, "infra", "services.sh"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"infra/services.sh {string.Join(' ', arguments)} failed:\n{await output}{await error}");
        }
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CaseWorker.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository: no CaseWorker.sln above them.");
    }
}
