using System.Buffers;
using System.Text.Json;

namespace CaseWorker.Json;

/// <summary>
/// JSON that is needed only until the next is written: each thread keeps a writer and its memory. New ones for each command were a tenth
/// of all that was allocated.
/// </summary>
internal sealed class JsonScratch(JsonWriterOptions options) : IDisposable
{
    /// <summary>What one large command needed is not kept for the next small one.</summary>
    private const int KeptBytes = 64 * 1024;

    private readonly ThreadLocal<Sheet> sheets = new(() => new Sheet(options));

    /// <param name="write">Writes one value.</param>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <returns>The value's bytes, valid until this thread writes again.</returns>
    public ReadOnlySpan<byte> Write<T>(Action<Utf8JsonWriter, T> write, T state)
    {
        var sheet = sheets.Value!;
        if (sheet.Buffer.Capacity > KeptBytes)
        {
            sheets.Value = sheet = new Sheet(options);
        }

        sheet.Buffer.ResetWrittenCount();
        sheet.Writer.Reset();
        write(sheet.Writer, state);
        sheet.Writer.Flush();
        return sheet.Buffer.WrittenSpan;
    }

    public void Dispose() => sheets.Dispose();

    private sealed class Sheet
    {
        public Sheet(JsonWriterOptions options) => Writer = new Utf8JsonWriter(Buffer, options);

        public ArrayBufferWriter<byte> Buffer { get; } = new(1024);

        public Utf8JsonWriter Writer { get; }
    }
}
