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

    /// <summary>
    /// Finds cases that are locked, by their advisory lock or by the lock of their row. A lock on the whole table is waited for like any other.
    /// </summary>
    public const string FindLockedSql = """
        WITH free AS (SELECT reference FROM case_data WHERE reference = ANY ($1::bigint[]) FOR NO KEY UPDATE SKIP LOCKED)
        SELECT reference FROM case_data WHERE reference = ANY ($1::bigint[]) AND reference NOT IN (SELECT reference FROM free)
        UNION
        SELECT reference FROM unnest($1::bigint[]) AS reference WHERE NOT pg_try_advisory_xact_lock(reference)
        """;

    /// <summary>Longer than any batch of this project holds a case. Who waits longer waits for a session of somebody else's.</summary>
    private const string LimitWaitingSql = "SELECT set_config('lock_timeout', '1s', true)";

    private const string WaitSql = "SELECT set_config('lock_timeout', '0', true)";

    /// <summary>From here to the end of the transaction a lock is waited for one second at most; then 55P03 ends the statement.</summary>
    public static void LimitWaiting(StatementPipeline pipeline) => pipeline.Query(LimitWaitingSql, row => row.GetString(0));

    /// <summary>From here on locks are waited for: batches commit one after the other, and a commit takes as long as the disk and the standby need.</summary>
    public static void WaitForHead(StatementPipeline pipeline) => pipeline.Query(WaitSql, row => row.GetString(0));

    /// <summary>Finds those of the cases that another session has locked. Does not wait for them, and locks the others until the transaction ends.</summary>
    public static PendingRows<long> FindLocked(StatementPipeline pipeline, long[] caseReferences)
    {
        LimitWaiting(pipeline);
        return pipeline.Query(FindLockedSql, row => row.GetInt64(0), caseReferences);
    }

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
