namespace CaseWorker.CommandLine.Publishing;

/// <summary>A line of a command file.</summary>
/// <param name="Number">1 for the first line.</param>
internal abstract record FileLine(long Number)
{
    /// <summary>It has an id and a case: it can be published, whatever the worker will think of the rest.</summary>
    /// <param name="Number">1 for the first line.</param>
    /// <param name="Id">The command's id.</param>
    /// <param name="CaseReference">The case that decides the slot.</param>
    /// <param name="Body">The line's bytes, which become the message.</param>
    public sealed record Usable(long Number, Guid Id, long CaseReference, ReadOnlyMemory<byte> Body) : FileLine(Number);

    /// <summary>It cannot be routed or nobody could be told what became of it.</summary>
    /// <param name="Number">1 for the first line.</param>
    /// <param name="Detail">A sentence.</param>
    public sealed record Malformed(long Number, string Detail) : FileLine(Number);
}
