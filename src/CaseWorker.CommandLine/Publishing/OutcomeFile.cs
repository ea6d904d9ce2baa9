using System.Buffers;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>The file of <c>--outcomes</c>: one outcome per line, as it came from the broker.</summary>
internal sealed class OutcomeFile(string path) : IDisposable
{
    private readonly FileStream stream = File.Create(path);
    private IOException? failure;

    /// <summary>A consumer calls it, which must not fail: a full disk is reported by <see cref="Complete"/>.</summary>
    public void Write(ReadOnlySpan<byte> outcome)
    {
        if (failure is not null)
        {
            return;
        }

        var line = ArrayPool<byte>.Shared.Rent(outcome.Length + 1);
        try
        {
            // In valid JSON a line break is only ever white space.
            outcome.CopyTo(line);
            line.AsSpan(0, outcome.Length).Replace((byte)'\n', (byte)' ');
            line[outcome.Length] = (byte)'\n';
            stream.Write(line, 0, outcome.Length + 1);
        }
        catch (IOException error)
        {
            failure = error;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(line);
        }
    }

    /// <exception cref="IOException">Not every outcome could be written.</exception>
    public void Complete()
    {
        if (failure is not null)
        {
            throw new IOException($"Not every outcome is in the file: {failure.Message}", failure);
        }

        stream.Flush();
    }

    public void Dispose() => stream.Dispose();
}
