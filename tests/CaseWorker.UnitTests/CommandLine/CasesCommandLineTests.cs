using CaseWorker.CommandLine.Cases;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class CasesCommandLineTests
{
    [Theory]
    [InlineData("history 4 --limit 1", true)]
    [InlineData("history 4 --limit 100000", true)]
    [InlineData("history 4 --limit 0", false)]
    [InlineData("history 4 --limit 100001", false)]
    [InlineData("history 4 --limit many", false)]
    [InlineData("show four", false)]
    public void A_command_line_is_valid_or_has_an_error(string arguments, bool isValid) =>
        (CasesCommand.Create().Parse(arguments).Errors.Count == 0).ShouldBe(isValid);
}
