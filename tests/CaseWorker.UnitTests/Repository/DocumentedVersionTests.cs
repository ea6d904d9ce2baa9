using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Repository;

/// <summary>A page that tells which version of a package to install tells the one that this build is tested with.</summary>
public sealed partial class DocumentedVersionTests
{
    [Fact]
    public void Versions_in_install_lines_are_those_of_the_build()
    {
        var built = XDocument.Load(RepositoryFolder.PathOf("Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(element => element.Attribute("Include")!.Value, element => element.Attribute("Version")!.Value, StringComparer.Ordinal);
        var lines = Directory.EnumerateFiles(RepositoryFolder.PathOf("docs"), "*.md", SearchOption.AllDirectories).Append(RepositoryFolder.PathOf("README.md"))
            .SelectMany(file => Lines().Matches(File.ReadAllText(file)).Select(match => (File: file, Package: match.Groups["package"].Value, Version: match.Groups["version"].Value)))
            .ToList();

        lines.ShouldContain(line => line.Package == "MassTransit.RabbitMQ");
        lines.ShouldAllBe(line => line.Version == built[line.Package]);
    }

    /// <summary>The newest MassTransit does not start without a license.</summary>
    [Fact]
    public void MassTransit_is_never_installed_without_a_version() =>
        Directory.EnumerateFiles(RepositoryFolder.PathOf("docs"), "*.md", SearchOption.AllDirectories).Append(RepositoryFolder.PathOf("README.md"))
            .SelectMany(File.ReadLines).Where(line => line.Contains("package MassTransit", StringComparison.Ordinal)).ShouldAllBe(line => line.Contains("--version", StringComparison.Ordinal));

    [GeneratedRegex(@"package (?<package>\S+) --version (?<version>[\d.]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Lines();
}
