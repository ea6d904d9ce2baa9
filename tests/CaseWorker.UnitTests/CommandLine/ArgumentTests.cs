using System.CommandLine;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Cases;
using CaseWorker.CommandLine.DeadLetters;
using CaseWorker.CommandLine.Publishing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

/// <summary>A wrong argument is told in a sentence that says what is right, without a type of .NET.</summary>
public sealed class ArgumentTests
{
    [Theory]
    [InlineData("dead list --case 1700-0000", "\"1700-0000\" is not a case reference.")]
    [InlineData("dead list --limit many", "--limit takes a whole number from 1 to 100000.")]
    [InlineData("dead list --limit 0", "--limit takes a whole number from 1 to 100000.")]
    [InlineData("dead list --since soon", "--since takes a time")]
    [InlineData("dead list --kind bogus", "'bogus' not recognized.")]
    [InlineData("dead show abc", "\"abc\" is not the number of a dead letter.")]
    [InlineData("dead show 1 abc", "\"abc\" is not the number of a dead letter.")]
    [InlineData("dead edit abc --body - --reason x", "\"abc\" is not the number of a dead letter.")]
    [InlineData("dead restore -1 --reason x", "\"-1\" is not the number of a dead letter.")]
    [InlineData("job show abc", "\"abc\" is not the id of a job.")]
    [InlineData("job cancel abc --reason x", "\"abc\" is not the id of a job.")]
    [InlineData("audit --limit many", "--limit takes a whole number from 1 to 100000.")]
    [InlineData("case show four", "\"four\" is not a case reference.")]
    [InlineData("case history 4 --limit many", "--limit takes a whole number from 1 to 100000.")]
    [InlineData("publish - --timeout soon", "--timeout takes 1 to 86400 seconds.")]
    public void A_wrong_argument_is_explained(string line, string sentence)
    {
        var errors = Commands().Parse(line).Errors.Select(error => error.Message).ToList();
        errors.ShouldContain(error => error.Contains(sentence, StringComparison.Ordinal));
        errors.ShouldAllBe(error => !error.Contains("System.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("dead list")]
    [InlineData("dead list --case 1700 --limit 7")]
    [InlineData("dead show 1 2 3")]
    [InlineData("dead edit 7 --body - --reason x")]
    [InlineData("job show 0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0a001")]
    [InlineData("audit")]
    [InlineData("case history 4")]
    [InlineData("publish -")]
    public void A_right_line_has_no_error(string line) => Commands().Parse(line).Errors.ShouldBeEmpty();

    private static RootCommand Commands()
    {
        var actions = new CaseActionRegistry();
        return [DeadLettersCommand.Create(actions), JobsCommand.Create(), AuditCommand.Create(), CasesCommand.Create(), PublishCommand.Create()];
    }
}
