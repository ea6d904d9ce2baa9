using System.Text;
using CaseWorker.CommandLine.Publishing;
using CaseWorker.Contracts;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

public sealed class CommandFileTests : IDisposable
{
    private static readonly string Command = ParsedCommands.Json();

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public async Task A_line_is_a_command_with_its_number_id_case_and_exact_bytes()
    {
        var lines = await ReadAsync($"{Command}\n");
        var usable = lines.ShouldHaveSingleItem().ShouldBeOfType<FileLine.Usable>();
        (usable.Number, usable.Id, usable.CaseReference).ShouldBe((1, Guid.Parse(ParsedCommands.Id), 42));
        Encoding.UTF8.GetString(usable.Body.Span).ShouldBe(Command);
    }

    [Fact]
    public async Task Blank_lines_count_and_white_space_does_not_belong_to_the_command()
    {
        var lines = await ReadAsync($"\r\n  \n \t{Command} \r\n\n{Command}");
        lines.Select(line => line.Number).ShouldBe([3, 5]);
        lines.ShouldAllBe(line => Encoding.UTF8.GetString(((FileLine.Usable)line).Body.ToArray()) == Command);
    }

    [Fact]
    public async Task A_byte_order_mark_belongs_to_the_file() =>
        (await ReadAsync($"\uFEFF{Command}\n\uFEFF{Command}")).Select(line => line.GetType()).ShouldBe([typeof(FileLine.Usable), typeof(FileLine.Malformed)]);

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("""{"commandId":"7","caseReference":"42"}""")]
    public async Task A_line_without_a_usable_id_and_case_is_malformed_and_the_next_is_read(string line)
    {
        var lines = await ReadAsync($"{line}\n{Command}");
        lines[0].ShouldBeOfType<FileLine.Malformed>().Detail.ShouldNotBeEmpty();
        lines[1].ShouldBeOfType<FileLine.Usable>().Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_line_longer_than_the_reader_s_buffer_is_one_command()
    {
        var large = ParsedCommands.WithBody($"{{\"a\":\"{new string('x', 300_000)}\"}}");
        var lines = await ReadAsync($"{large}\n{Command}");
        lines.Count.ShouldBe(2);
        ((FileLine.Usable)lines[0]).Body.Length.ShouldBe(large.Length);
    }

    [Fact]
    public async Task An_empty_file_has_no_commands() => (await ReadAsync("")).ShouldBeEmpty();

    [Fact]
    public void A_regular_file_is_checked_before_anything_is_published_and_standard_input_is_not()
    {
        new CommandFile(path, CaseTopology.SlotCount).IsRereadable.ShouldBeTrue();
        new CommandFile("-", CaseTopology.SlotCount).IsRereadable.ShouldBeFalse();
    }

    private async Task<List<FileLine>> ReadAsync(string text)
    {
        await File.WriteAllTextAsync(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), TestContext.Current.CancellationToken);
        var lines = new List<FileLine>();
        await foreach (var line in new CommandFile(path, CaseTopology.SlotCount).ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }
}
