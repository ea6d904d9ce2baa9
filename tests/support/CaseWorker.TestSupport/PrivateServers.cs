using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace CaseWorker.TestSupport;

/// <summary>A real PostgreSQL and a real RabbitMQ of one suite's, experiment's or benchmark's own, started through infra/services.sh on free loopback ports.</summary>
public class PrivateServers : IAsyncDisposable
{
    private Dictionary<string, string> environment = [];

    /// <summary>The repository, found upwards from the program's own folder.</summary>
    public static string Repository { get; } = FindRepository();

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"caseworker-servers-{Guid.NewGuid():n}");

    public string AdminConnection => environment["CASEWORKER_POSTGRES_ADMIN"];

    public string OwnerConnection => environment["ConnectionStrings__CaseWorkerOwner"];

    public string WorkerConnection => environment["ConnectionStrings__CaseWorker"];

    public Uri Broker => new(environment["RabbitMq__Uri"]);

    public Uri Management => new(environment["CASEWORKER_RABBITMQ_MANAGEMENT"]);

    /// <summary>Gets Debian's packages where one is missing.</summary>
    public static Task InstallAsync() => ScriptAsync("install");

    public async Task StartAsync()
    {
        await ScriptAsync("start", Folder);
        environment = (await File.ReadAllLinesAsync(Path.Combine(Folder, "env")))
            .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
            .Select(line => line["export ".Length..].Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''), StringComparer.Ordinal);
    }

    public int PostgresProcess => ReadProcess("postgres/pid");

    public int RabbitProcess => ReadProcess("rabbitmq/rabbitmq.pid");

    public Task KillPostgresAsync() => ScriptAsync("kill", Folder, "postgres");

    public Task StartPostgresAsync() => ScriptAsync("up", Folder, "postgres");

    public Task StopRabbitAsync() => ScriptAsync("down", Folder, "rabbitmq");

    public Task KillRabbitAsync() => ScriptAsync("kill", Folder, "rabbitmq");

    public Task StartRabbitAsync() => ScriptAsync("up", Folder, "rabbitmq");

    public HttpClient ManagementClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Management.GetLeftPart(UriPartial.Authority).Replace(Management.UserInfo + "@", "", StringComparison.Ordinal)) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(Management.UserInfo)));
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
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
    /// <exception cref="InvalidOperationException">The script failed: tests need their servers, and never skip.</exception>
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

        return folder?.FullName ?? throw new InvalidOperationException("This runs outside the repository: no CaseWorker.sln above it.");
    }
}
