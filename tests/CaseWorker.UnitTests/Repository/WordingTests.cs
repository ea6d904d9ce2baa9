using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Repository;

/// <summary>Words that the glossary does not have: each has a standard term, and finds its way back in easily.</summary>
public sealed partial class WordingTests
{
    private static readonly string[] Allowed =
    [
        "(\"Lanes\", nameof(CaseWorkerOptions.Concurrency))", // the old option
        "`Concurrency` was called `Lanes`.",
        "JsonPropertyName(\"letter", // keys of the HTTP API and of --json
    ];

    [Fact]
    public void Sources_and_docs_use_the_terms_of_the_glossary()
    {
        var files = new[] { "src", "docs" }.SelectMany(folder => Directory.EnumerateFiles(RepositoryFolder.PathOf(folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" or ".md" or ".css" or ".js" && !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Append(RepositoryFolder.PathOf("README.md"))
            .ToList();
        files.Count.ShouldBeGreaterThan(200);

        files.SelectMany(Findings).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("replays the letters of a case", true)]
    [InlineData("a deed of an operator", true)]
    [InlineData("replays the dead letters of a case", false)]
    [InlineData("Dead-letter queues", false)]
    public void A_word_is_found(string line, bool isFound) => Words().IsMatch(line).ShouldBe(isFound);

    private static IEnumerable<string> Findings(string file) => File.ReadLines(file)
        .Select((line, index) => (line, number: index + 1))
        .Where(entry => Words().IsMatch(entry.line) && !Allowed.Any(allowed => entry.line.Contains(allowed, StringComparison.Ordinal)))
        .Select(entry => $"{file}:{entry.number}: {entry.line.Trim()}");

    [GeneratedRegex(@"(?<!dead[- _])\b(letter|deed|desk|door|lane|keeper)s?\b|Required: a text|Must be a text|has not come so far|another number of dead letters|Nobody can be asked|no second life|As the other one|robbed of", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();
}
