using System.Globalization;
using CaseWorker.IntegrationTests.Actions;
using CaseWorker.IntegrationTests.Packages;
using Shouldly;

namespace CaseWorker.IntegrationTests.Documentation;

/// <summary>An empty folder, a running worker, and the environment that a page assumes.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly HttpWorker worker;
    private readonly Dictionary<string, string?> environment;

    private Site(Workspace workspace, HttpWorker worker, string key)
    {
        (Workspace, this.worker) = (workspace, worker);
        folder = Directory.CreateTempSubdirectory("caseworker-snippets-");
        environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        environment["CaseWorker__Api"] = worker.Address.ToString();
        environment["CaseWorker__ApiKey"] = key;
    }

    public Workspace Workspace { get; }

    public static async Task<Site> CreateAsync(Servers servers, PackageFeed feed)
    {
        await feed.ReadyAsync();
        var workspace = await Workspace.CreateAsync(servers, slots: 64);
        var worker = await HttpWorker.StartAsync(workspace);
        var site = new Site(workspace, worker, await worker.KeyAsync("viewer"));
        await File.WriteAllTextAsync(
            Path.Combine(site.folder.FullName, "nuget.config"),
            $"""<configuration><packageSources><add key="caseworker" value="{feed.Folder}" /></packageSources></configuration>""");
        return site;
    }

    /// <summary>Writes the files that a page names.</summary>
    public async Task WriteAsync(IEnumerable<Page.Block> blocks)
    {
        foreach (var block in blocks.Where(block => block.File is not null))
        {
            var path = Path.Combine(folder.FullName, block.File!);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, block.Text);
        }
    }

    public async Task<string> RunAsync(string script)
    {
        await using var shell = Start(script);
        (await shell.ExitAsync(seconds: 300)).ShouldBe(0, string.Create(CultureInfo.InvariantCulture, $"{script}\n{shell.Output}"));
        return shell.Output;
    }

    /// <summary>`caseworker` is on the path, as after an installation; the worker listens where the test could.</summary>
    public WorkerProcess Start(string script)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory);
        var tool = Path.Combine(PrivateServers.Repository, "src/CaseWorker.Host/bin", configuration.Parent!.Name, configuration.Name, "CaseWorker.Host.dll");
        var here = script.Replace("localhost:8080", worker.Address.Authority, StringComparison.Ordinal);
        return WorkerProcess.Program(environment, "bash", "-ec", $"cd '{folder.FullName}'\ncaseworker() {{ dotnet '{tool}' \"$@\"; }}\n{here}");
    }

    public async ValueTask DisposeAsync()
    {
        await worker.DisposeAsync();
        await Workspace.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
