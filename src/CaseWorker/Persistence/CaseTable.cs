using CaseWorker.Cases;

namespace CaseWorker.Persistence;

/// <summary>The table <c>case_data</c>. EF Core tracks its rows and guards them by <see cref="CaseData.Version"/>; <see cref="CaseRowsDatabase"/> sends them set-based.</summary>
internal static class CaseTable
{
    /// <summary>
    /// A case whose version is no longer the one that was read is not updated, and not given back. A blob that did not change ($3 is null)
    /// stays where it is.
    /// </summary>
    public const string UpdateSql = """
        UPDATE case_data SET json_blob = coalesce(changed.json_blob::jsonb, case_data.json_blob), version = changed.version, nonce = changed.nonce, updated_at = changed.updated_at
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
          AS changed (reference, read_version, json_blob, version, nonce, updated_at)
        WHERE case_data.reference = changed.reference AND case_data.version = changed.read_version
        RETURNING case_data.reference
        """;

    public const string InsertSql = """
        INSERT INTO case_data (reference, json_blob, version, nonce, created_at, updated_at)
        SELECT reference, json_blob::jsonb, version, nonce, created_at, updated_at
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
          AS added (reference, json_blob, version, nonce, created_at, updated_at)
        ON CONFLICT DO NOTHING
        RETURNING reference
        """;

    /// <summary>
    /// Bytes of each blob. Those that are not compressed are not read for it: their size as jsonb is close to that of their text.
    /// </summary>
    public const string FindSizesSql = """
        SELECT reference, CASE WHEN pg_column_compression(json_blob) IS NULL THEN pg_column_size(json_blob) ELSE octet_length(json_blob::text) END
        FROM case_data WHERE reference = ANY ($1::bigint[])
        """;

    /// <summary>Finds how large the blobs of cases are. Cases that do not exist are left out.</summary>
    public static PendingRows<(long CaseReference, int Size)> FindSizes(StatementPipeline pipeline, long[] references) =>
        pipeline.Query(FindSizesSql, row => (row.GetInt64(0), row.GetInt32(1)), references);

    /// <summary>Hands the new state of a case to EF Core, which writes it with the next SaveChanges.</summary>
    /// <param name="context">The batch's.</param>
    /// <param name="row">The row as it was read; null for a case that is created.</param>
    /// <param name="state">The case after the batch.</param>
    /// <param name="at">The batch's time.</param>
    public static void Track(CaseWorkerDbContext context, CaseData? row, CaseState state, DateTimeOffset at)
    {
        if (row is null)
        {
            context.Add(new CaseData { Reference = state.Reference, JsonBlob = state.Blob.Text, Version = state.Version, Nonce = state.Nonce, CreatedAt = at, UpdatedAt = at });
            return;
        }

        if (row.Version != state.Version)
        {
            row.JsonBlob = state.Blob.Text;
        }

        row.Version = state.Version;
        row.Nonce = state.Nonce;
        row.UpdatedAt = at;
    }
}
