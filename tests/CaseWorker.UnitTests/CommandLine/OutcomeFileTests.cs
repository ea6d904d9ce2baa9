using CaseWorker.CommandLine.Publishing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class OutcomeFileTests
{
    [Fact]
    public void Each_outcome_is_one_line()
    {
        var path = Path.GetTempFileName();
        using (var file = new OutcomeFile(path))
        {
            file.Write("{\"outcome\":\n\"accepted\"}"u8);
            file.Write("{}"u8);
            file.Complete();
        }

        File.ReadAllLines(path).ShouldBe(["{\"outcome\": \"accepted\"}", "{}"]);
        File.Delete(path);
    }

    [Fact]
    public void A_full_disk_is_an_error_at_the_end()
    {
        using var file = new OutcomeFile("/dev/full");
        file.Write(new byte[100_000]);
        file.Write("{}"u8);
        Should.Throw<IOException>(file.Complete).Message.ShouldStartWith("Not every outcome");
    }
}
