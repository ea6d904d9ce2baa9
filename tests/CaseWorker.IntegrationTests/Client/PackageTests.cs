using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>The packages as they would be published.</summary>
public sealed class PackageTests
{
    [Theory]
    [InlineData("CaseWorker.Client", "CaseWorker.Contracts", "RabbitMQ.Client")]
    [InlineData("CaseWorker.Client.EntityFrameworkCore", "CaseWorker.Client", "Microsoft.EntityFrameworkCore.Relational")]
    public async Task A_package_has_its_documentation_its_readme_its_symbols_and_its_dependencies(string name, params string[] dependencies)
    {
        var folder = Directory.CreateTempSubdirectory("caseworker-pack-").FullName;
        try
        {
            await PackAsync(name, folder);

            Directory.GetFiles(folder, "*.snupkg").ShouldHaveSingleItem();
            await using var package = await ZipFile.OpenReadAsync(Directory.GetFiles(folder, "*.nupkg").ShouldHaveSingleItem());
            var files = package.Entries.Select(entry => entry.FullName).ToList();
            files.ShouldContain($"lib/net10.0/{name}.dll");
            files.ShouldContain($"lib/net10.0/{name}.xml");
            files.ShouldContain("README.md");
            await using var text = await package.GetEntry($"{name}.nuspec")!.OpenAsync();
            var description = await XDocument.LoadAsync(text, LoadOptions.None, TestContext.Current.CancellationToken);
            description.Descendants().Single(element => element.Name.LocalName == "readme").Value.ShouldBe("README.md");
            var named = description.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).ToList();
            dependencies.ShouldBeSubsetOf(named);
            named.ShouldNotContain("CaseWorker.Worker");
            named.ShouldNotContain("Meziantou.Analyzer");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>As built for the tests: nothing is compiled again.</summary>
    private static async Task PackAsync(string name, string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet", ["pack", Path.Combine(PrivateServers.Repository, "src", name), "--no-build", "--nologo", "-c", configuration, "-o", folder, "-nodeReuse:false", "-m:1"])
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
