using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql;

namespace CaseWorker.Storage;

/// <summary>
/// Where EF Core's <c>SaveChanges</c> writes to. Changed and new cases go in one statement each, however many they are; EF Core by
/// itself writes a statement and its parameters for each row, a text of 160 KB for a full batch. What is tracked, the
/// concurrency token, its exception and the interceptors stay EF Core's; all other tables and ways of saving too.
/// </summary>
internal sealed class CaseRowsDatabase(DatabaseDependencies dependencies, RelationalDatabaseDependencies relational)
    : RelationalDatabase(dependencies, relational)
{
    /// <summary>A case that has another version by now than was read is not updated. A blob that did not change stays where it is.</summary>
    private const string Update = """
        UPDATE case_data SET json_blob = coalesce(changed.json_blob::jsonb, case_data.json_blob), version = changed.version, nonce = changed.nonce, updated_at = changed.updated_at
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
          AS changed (reference, read_version, json_blob, version, nonce, updated_at)
        WHERE case_data.reference = changed.reference AND case_data.version = changed.read_version
        RETURNING case_data.reference
        """;

    private const string Insert = """
        INSERT INTO case_data (reference, json_blob, version, nonce, created_at, updated_at)
        SELECT reference, json_blob::jsonb, version, nonce, created_at, updated_at
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
          AS added (reference, json_blob, version, nonce, created_at, updated_at)
        ON CONFLICT DO NOTHING
        RETURNING reference
        """;

    /// <summary>Outside a transaction, and for what could not be written here, EF Core does it its own way, and says what is wrong.</summary>
    public override async Task<int> SaveChangesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken = default)
    {
        var rest = RelationalDependencies.Connection.CurrentTransaction is null ? entries : await WriteCasesAsync(entries, cancellationToken);
        return entries.Count - rest.Count + (rest.Count > 0 ? await base.SaveChangesAsync(rest, cancellationToken) : 0);
    }

    /// <returns>What is not written yet.</returns>
    private async Task<IList<IUpdateEntry>> WriteCasesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(
            (NpgsqlConnection)RelationalDependencies.Connection.DbConnection,
            (NpgsqlTransaction)RelationalDependencies.Connection.CurrentTransaction!.GetDbTransaction());
        AddUpdate(batch, [.. entries.Where(entry => IsCase(entry, EntityState.Modified))]);
        AddInsert(batch, [.. entries.Where(entry => IsCase(entry, EntityState.Added)).Select(RowOf)]);
        if (batch.BatchCommands.Count == 0)
        {
            return entries;
        }

        var written = new HashSet<long>();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                written.Add(reader.GetInt64(0));
            }
        }
        while (await reader.NextResultAsync(cancellationToken));

        return [.. entries.Where(entry => !((IsCase(entry, EntityState.Modified) || IsCase(entry, EntityState.Added)) && written.Contains(RowOf(entry).Reference)))];
    }

    private static void AddUpdate(NpgsqlBatch batch, List<IUpdateEntry> changed)
    {
        if (changed.Count == 0)
        {
            return;
        }

        var version = changed[0].EntityType.FindProperty(nameof(CaseData.Version))!;
        var blob = changed[0].EntityType.FindProperty(nameof(CaseData.JsonBlob))!;
        var rows = changed.ConvertAll(RowOf);
        batch.Add(
            Update,
            rows.Select(row => row.Reference).ToArray(),
            changed.Select(entry => entry.GetOriginalValue<long>(version)).ToArray(),
            changed.Select((entry, at) => entry.IsModified(blob) ? rows[at].JsonBlob : null).ToArray(),
            rows.Select(row => row.Version).ToArray(),
            rows.Select(row => row.Nonce).ToArray(),
            rows.Select(row => row.UpdatedAt).ToArray());
    }

    private static void AddInsert(NpgsqlBatch batch, List<CaseData> rows)
    {
        if (rows.Count > 0)
        {
            batch.Add(
                Insert,
                rows.Select(row => row.Reference).ToArray(),
                rows.Select(row => row.JsonBlob).ToArray(),
                rows.Select(row => row.Version).ToArray(),
                rows.Select(row => row.Nonce).ToArray(),
                rows.Select(row => row.CreatedAt).ToArray(),
                rows.Select(row => row.UpdatedAt).ToArray());
        }
    }

    private static bool IsCase(IUpdateEntry entry, EntityState state) => entry.EntityState == state && entry.EntityType.ClrType == typeof(CaseData);

    private static CaseData RowOf(IUpdateEntry entry) => (CaseData)entry.ToEntityEntry().Entity;
}
