using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Repository;

/// <summary>SQL is in the folders that own the tables; the command line, the API and the dashboard call them.</summary>
public sealed partial class SqlTests
{
    private static readonly string[] Allowed = ["Persistence", "Leases", "DeadLetters", "Queries"];

    [Fact]
    public void Sql_is_only_in_the_folders_that_own_tables() => Directory.EnumerateFiles(RepositoryFolder.PathOf("src"), "*", SearchOption.AllDirectories)
        .Select(file => file.Replace(Path.DirectorySeparatorChar, '/'))
        .Where(file => (file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)) && !file.Contains("/obj/", StringComparison.Ordinal))
        .Where(file => !Allowed.Any(folder => file.Contains($"src/CaseWorker/{folder}/", StringComparison.Ordinal)))
        .SelectMany(file => Find(File.ReadAllText(file)).Select(found => $"{file}: {found}"))
        .ShouldBeEmpty();

    [Fact]
    public void The_search_finds_sql()
    {
        Find("const string Sql = \"SELECT id FROM dead_letters\";").ShouldHaveSingleItem();
        Find("$\"UPDATE case_data SET version = 1\"").ShouldHaveSingleItem();
        Find("\"INSERT INTO case_notes VALUES (1)\" + \"DELETE FROM case_notes\"").Count().ShouldBe(2);
        Find("/// <c>SELECT, INSERT</c>").ShouldBeEmpty();
    }

    private static IEnumerable<string> Find(string source) => Sql().Matches(source).Select(match => match.Value);

    [GeneratedRegex(@"\bSELECT [a-z0-9($]|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE [a-z_]+ SET\b|\bLOCK TABLE\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Sql();
}
