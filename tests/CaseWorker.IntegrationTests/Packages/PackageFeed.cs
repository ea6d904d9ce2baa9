using System.Diagnostics;
using System.Globalization;
using CaseWorker.IntegrationTests.Packages;
using Shouldly;

[assembly: AssemblyFixture(typeof(PackageFeed))]

namespace CaseWorker.IntegrationTests.Packages;

/// <summary>All packages of the repository in a folder, packed once from what was built for the tests. Their version is used once.</summary>
public sealed class PackageFeed : IAsyncDisposable
{
    private readonly Lazy<Task> packed;

    public PackageFeed() => packed = new Lazy<Task>(PackAsync);

    public string Version { get; } = string.Create(CultureInfo.InvariantCulture, $"0.1.{Random.Shared.Next(1_000_000, int.MaxValue)}");

    public string Folder { get; } = Directory.CreateTempSubdirectory("caseworker-feed-").FullName;

    /// <summary>Packs, if nobody has.</summary>
    public Task ReadyAsync() => packed.Value;

    /// <summary>The file of a package.</summary>
    public string PathOf(string package, string extension = "nupkg") => Path.Combine(Folder, $"{package}.{Version}.{extension}");

    public async ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        await using var caches = WorkerProcess.Program(new Dictionary<string, string?>(StringComparer.Ordinal), "dotnet", "nuget", "locals", "global-packages", "--list");
        await caches.ExitAsync();
        var cache = caches.StandardOutput.Split(": ", 2)[^1].Trim();
        foreach (var unpacked in Directory.Exists(cache) ? Directory.GetDirectories(cache, "caseworker*").Select(package => Path.Combine(package, Version)).Where(Directory.Exists) : [])
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }

    private async Task PackAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo(
            "dotnet",
            ["pack", Path.Combine(PrivateServers.Repository, "CaseWorker.sln"), "--no-build", "--nologo", "-c", configuration, "-o", Folder, $"-p:MinVerVersionOverride={Version}", "-nodeReuse:false", "-m:1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{await output}{await error}");
    }
}
