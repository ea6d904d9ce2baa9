using CaseWorker.Configuration;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Configuration;

public sealed class ProgramNameTests
{
    [Theory]
    [InlineData("reminders", "reminders")]
    [InlineData("Acme.Case_Worker-2", "Acme.Case_Worker-2")]
    [InlineData("CaseWorker.Host", "caseworker")]
    [InlineData("it's`", "caseworker")]
    [InlineData("two words", "caseworker")]
    [InlineData("", "caseworker")]
    public void Hints_name_the_executable_where_that_can_be_typed(string executable, string expected) => ProgramName.Of(executable).ShouldBe(expected);
}
