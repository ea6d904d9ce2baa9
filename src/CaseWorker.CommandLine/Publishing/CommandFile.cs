using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using CaseWorker.Cases;
using CaseWorker.Parsing;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>Reads commands from a file or standard input, one a line; blank lines are no commands.</summary>
internal sealed class CommandFile(string path, int slots)
{
    private readonly CommandReader reader = new(new CaseActionSet(CaseActionSet.BuiltIn), slots);

    /// <summary>Whether it can be read twice: once to check it, once to publish it.</summary>
    public bool IsRereadable { get; } = path is not "-" && IsRegular(path);

    public async IAsyncEnumerable<FileLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = path is "-" ? System.Console.OpenStandardInput() : File.OpenRead(path);
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        long number = 0;
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (TakeLine(ref buffer, result.IsCompleted, out var line))
            {
                number++;
                var body = WithoutEnds(line, isFirst: number == 1);
                if (body.Length > 0)
                {
                    yield return Understand(number, body);
                }
            }

            pipe.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                yield break;
            }
        }
    }

    private FileLine Understand(long number, byte[] body) => reader.Read(body) switch
    {
        ParseResult.Parsed readable => new FileLine.Usable(number, readable.Command.Id, readable.Command.CaseReference, body),
        ParseResult.Malformed unreadable => new FileLine.Malformed(number, unreadable.Detail),
        _ => throw new InvalidOperationException("A line is readable or unreadable."),
    };

    private static bool TakeLine(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        var end = buffer.PositionOf((byte)'\n');
        if (end is null && !(isLast && buffer.Length > 0))
        {
            line = default;
            return false;
        }

        line = end is { } found ? buffer.Slice(0, found) : buffer;
        buffer = end is { } at ? buffer.Slice(buffer.GetPosition(1, at)) : buffer.Slice(buffer.End);
        return true;
    }

    /// <summary>White space around a line and an editor's byte order mark belong to the file, not to the command.</summary>
    private static byte[] WithoutEnds(ReadOnlySequence<byte> line, bool isFirst)
    {
        ReadOnlySpan<byte> bytes = line.ToArray();
        return (isFirst && bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes).Trim(" \t\r"u8).ToArray();
    }

    private static bool IsRegular(string path)
    {
        using var stream = File.OpenRead(path);
        return stream.CanSeek;
    }
}
