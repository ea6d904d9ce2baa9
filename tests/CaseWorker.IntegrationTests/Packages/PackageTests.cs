using System.IO.Compression;
using System.Xml.Linq;
using Shouldly;

namespace CaseWorker.IntegrationTests.Packages;

/// <summary>The packages as they would be published.</summary>
public sealed class PackageTests(PackageFeed feed)
{
    [Theory]
    [InlineData("CaseWorker.Contracts")]
    [InlineData("CaseWorker.RabbitMq", "RabbitMQ.Client")]
    [InlineData("CaseWorker.Client", "CaseWorker.Contracts", "CaseWorker.RabbitMq", "RabbitMQ.Client")]
    [InlineData("CaseWorker.Client.EntityFrameworkCore", "CaseWorker.Client", "Microsoft.EntityFrameworkCore.Relational")]
    [InlineData("CaseWorker", "CaseWorker.Contracts", "CaseWorker.RabbitMq", "MassTransit.RabbitMQ", "Npgsql.EntityFrameworkCore.PostgreSQL")]
    [InlineData("CaseWorker.AspNetCore", "CaseWorker", "CaseWorker.Client")]
    [InlineData("CaseWorker.CommandLine", "CaseWorker", "CaseWorker.AspNetCore", "System.CommandLine")]
    [InlineData("CaseWorker.Testing", "CaseWorker", "Microsoft.EntityFrameworkCore.Sqlite")]
    public async Task A_package_has_its_documentation_its_readme_its_license_its_symbols_and_its_dependencies(string name, params string[] dependencies)
    {
        await feed.ReadyAsync();
        File.Exists(feed.PathOf(name, "snupkg")).ShouldBeTrue();
        await using var package = await ZipFile.OpenReadAsync(feed.PathOf(name));
        var files = package.Entries.Select(entry => entry.FullName).ToList();
        files.Where(file => file.EndsWith($"/{name}.dll", StringComparison.Ordinal)).ShouldBe(FrameworksOf(name).Select(framework => $"lib/{framework}/{name}.dll"), ignoreOrder: true);
        files.Where(file => file.EndsWith($"/{name}.xml", StringComparison.Ordinal)).ShouldBe(FrameworksOf(name).Select(framework => $"lib/{framework}/{name}.xml"), ignoreOrder: true);
        files.ShouldContain("README.md");

        var description = await ReadAsync(package, name);
        Value(description, "readme").ShouldBe("README.md");
        Value(description, "license").ShouldBe("MIT");
        Value(description, "authors").ShouldBe("CaseWorker contributors");
        Value(description, "description").ShouldNotBe("Package Description");
        description.Descendants().Single(element => element.Name.LocalName == "repository").Attribute("url")!.Value.ShouldStartWith("https://");
        var named = description.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).ToList();
        dependencies.ShouldBeSubsetOf(named);
        named.ShouldNotContain("Meziantou.Analyzer");
    }

    [Fact]
    public async Task The_engine_brings_the_runtime_settings_of_a_worker()
    {
        await feed.ReadyAsync();
        await using var package = await ZipFile.OpenReadAsync(feed.PathOf("CaseWorker"));
        package.Entries.Select(entry => entry.FullName).ShouldContain("buildTransitive/CaseWorker.props");
    }

    [Fact]
    public async Task The_host_is_the_tool_caseworker()
    {
        await feed.ReadyAsync();
        await using var package = await ZipFile.OpenReadAsync(feed.PathOf("CaseWorker.Host"));
        await using var settings = await package.Entries.Single(entry => entry.Name == "DotnetToolSettings.xml").OpenAsync();
        var document = await XDocument.LoadAsync(settings, LoadOptions.None, TestContext.Current.CancellationToken);
        document.Descendants("Command").Single().Attribute("Name")!.Value.ShouldBe("caseworker");
    }

    [Fact]
    public async Task Nothing_else_is_a_package()
    {
        await feed.ReadyAsync();
        Directory.GetFiles(feed.Folder, "*.nupkg").Select(file => Path.GetFileName(file).Replace($".{feed.Version}.nupkg", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ShouldBe(
        [
            "CaseWorker", "CaseWorker.AspNetCore", "CaseWorker.Client", "CaseWorker.Client.EntityFrameworkCore",
            "CaseWorker.CommandLine", "CaseWorker.Contracts", "CaseWorker.Host", "CaseWorker.RabbitMq", "CaseWorker.Testing",
        ]);
    }

    /// <summary>A producer or subscriber may be older than the worker.</summary>
    private static string[] FrameworksOf(string name) => name switch
    {
        "CaseWorker.Contracts" => ["netstandard2.0", "net8.0"],
        "CaseWorker.Client" or "CaseWorker.RabbitMq" => ["net8.0", "net10.0"],
        _ => ["net10.0"],
    };

    private static async Task<XDocument> ReadAsync(ZipArchive package, string name)
    {
        await using var text = await package.GetEntry($"{name}.nuspec")!.OpenAsync();
        return await XDocument.LoadAsync(text, LoadOptions.None, TestContext.Current.CancellationToken);
    }

    private static string Value(XDocument description, string name) => description.Descendants().Single(element => element.Name.LocalName == name).Value;
}
