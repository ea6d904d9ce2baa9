using CaseWorker.CommandLine.DeadLetters;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class LineDiffTests
{
    [Fact]
    public void Lines_that_stay_go_and_are_new_have_their_sign() => LineDiff.Of("{\n  \"a\": 1,\n  \"b\": 2\n}", "{\n  \"a\": 1,\n  \"b\": 3,\n  \"c\": 4\n}")
        .ShouldBe([" {", "   \"a\": 1,", "-  \"b\": 2", "+  \"b\": 3,", "+  \"c\": 4", " }"]);

    [Fact]
    public void The_same_text_has_no_change() => LineDiff.Of("a\nb", "a\nb").ShouldBe([" a", " b"]);

    [Fact]
    public void Case_and_white_space_count() => LineDiff.Of("a", "A").ShouldBe(["-a", "+A"]);
}
