using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace CaseWorker.Benchmarks.Arena;

/// <summary>A PostgreSQL and a RabbitMQ of the benchmark's own, through infra/services.sh: durable as that makes them.</summary>
internal sealed class PrivateServers : IAsyncDisposable
{
    private Dictionary<string, string> environment = [];

    private PrivateServers(string folder) => Folder = folder;

    /// <summary>The repository, found upwards from the program's own folder.</summary>
    public static string Repository { get; } = FindRepository();

    public string Folder { get; }

    public string AdminConnection => environment["CASEWORKER_POSTGRES_ADMIN"];

    public string OwnerConnection => environment["ConnectionStrings__CaseWorkerOwner"];

    public string WorkerConnection => environment["ConnectionStrings__CaseWorker"];

    public Uri Broker => new(environment["RabbitMq__Uri"]);

    public int PostgresProcess => ReadProcess("postgres/pid");

    public int RabbitProcess => ReadProcess("rabbitmq/rabbitmq.pid");

    public static async Task<PrivateServers> StartAsync()
    {
        var servers = new PrivateServers(Path.Combine(Path.GetTempPath(), $"caseworker-benchmark-{Guid.NewGuid():n}"));
        try
        {
            await ScriptAsync("start", servers.Folder);
            servers.environment = (await File.ReadAllLinesAsync(Path.Combine(servers.Folder, "env")))
                .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
                .Select(line => line["export ".Length..].Split('=', 2))
                .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''), StringComparer.Ordinal);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public HttpClient ManagementClient()
    {
        var management = new Uri(environment["CASEWORKER_RABBITMQ_MANAGEMENT"]);
        var client = new HttpClient { BaseAddress = new UriBuilder(management) { UserName = "", Password = "" }.Uri };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(management.UserInfo)));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(Folder, "state")))
        {
            await ScriptAsync("stop", Folder);
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private int ReadProcess(string file) => int.Parse(File.ReadAllText(Path.Combine(Folder, file)), CultureInfo.InvariantCulture);

    /// <summary>In a session of its own: Ctrl-C is for us, who then stop the servers in order.</summary>
    private static async Task ScriptAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["--wait", "bash", Path.Combine(Repository, "infra", "services.sh"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"infra/services.sh {string.Join(' ', arguments)} failed:\n{await output}{await error}");
        }
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CaseWorker.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new BenchmarkException("The benchmark runs outside the repository: no CaseWorker.sln above it.");
    }
}
