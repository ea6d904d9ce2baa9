using CaseWorker.CommandLine.Publishing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class PublishCommandLineTests
{
    [Theory]
    [InlineData("commands.jsonl", true)]
    [InlineData("- --wait --timeout 1 --skip-unreadable --json", true)]
    [InlineData("- --timeout 86400", true)]
    [InlineData("- --timeout 0.5", false)]
    [InlineData("- --timeout 86401", false)]
    [InlineData("- --timeout -3", false)]
    [InlineData("- --timeout soon", false)]
    [InlineData("- --timeout NaN", false)]
    [InlineData("", false)]
    [InlineData("one two", false)]
    [InlineData("- --wait --outcomes all.jsonl", true)]
    [InlineData("- --outcomes all.jsonl", false)]
    [InlineData("- --wat", false)]
    public void A_command_line_is_valid_or_has_an_error(string arguments, bool isValid) =>
        (PublishCommand.Create().Parse(arguments).Errors.Count == 0).ShouldBe(isValid);
}
