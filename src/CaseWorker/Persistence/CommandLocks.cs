using System.Buffers.Binary;

namespace CaseWorker.Persistence;

/// <summary>Advisory locks of cases and command ids, held until the transaction ends.</summary>
internal static class CommandLocks
{
    /// <summary>
    /// Advisory locks cover what does not exist yet: a case before its creation, a command id before its record. The keys come
    /// sorted, and a set-returning function in FROM gives them in that order, so that two batches cannot wait for each other.
    /// </summary>
    public const string Sql = "SELECT count(pg_advisory_xact_lock(key)) FROM unnest($1::bigint[]) AS key";

    /// <summary>Waits for the locks of these cases and command ids, in the order of their keys.</summary>
    public static void Take(StatementPipeline pipeline, IEnumerable<Guid> commandIds, IEnumerable<long> caseReferences) =>
        pipeline.Query(Sql, row => row.GetInt64(0), KeysOf(commandIds, caseReferences));

    /// <summary>Case references are positive. Keys of command ids are made negative, so that the two never collide.</summary>
    private static long[] KeysOf(IEnumerable<Guid> commandIds, IEnumerable<long> caseReferences)
    {
        Span<byte> bytes = stackalloc byte[16];
        var keys = new List<long>(caseReferences);
        foreach (var id in commandIds)
        {
            id.TryWriteBytes(bytes);
            keys.Add((BinaryPrimitives.ReadInt64LittleEndian(bytes) ^ BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])) | long.MinValue);
        }

        keys.Sort();
        return [.. keys];
    }
}
