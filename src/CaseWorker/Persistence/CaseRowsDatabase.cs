using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Update;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>
/// Where EF Core's <c>SaveChanges</c> writes to. Changed and new cases go in one statement each, however many they are; EF Core by
/// itself writes a statement and its parameters for each row, a text of 160 KB for a full batch. What is tracked, the
/// concurrency token, its exception and the interceptors stay EF Core's; all other tables and ways of saving too.
/// </summary>
internal sealed class CaseRowsDatabase(DatabaseDependencies dependencies, RelationalDatabaseDependencies relational)
    : RelationalDatabase(dependencies, relational)
{
    /// <summary>Outside a transaction, and for what could not be written here, EF Core does it its own way, and says what is wrong.</summary>
    public override async Task<int> SaveChangesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken = default)
    {
        var rest = RelationalDependencies.Connection.CurrentTransaction is null ? entries : await WriteCasesAsync(entries, cancellationToken);
        return entries.Count - rest.Count + (rest.Count > 0 ? await base.SaveChangesAsync(rest, cancellationToken) : 0);
    }

    /// <returns>What is not written yet.</returns>
    private async Task<IList<IUpdateEntry>> WriteCasesAsync(IList<IUpdateEntry> entries, CancellationToken cancellationToken)
    {
        var cases = entries.Where(IsSaved).ToDictionary(entry => RowOf(entry).Reference);
        if (cases.Count == 0)
        {
            return entries;
        }

        await using var batch = new NpgsqlBatch(
            (NpgsqlConnection)RelationalDependencies.Connection.DbConnection,
            (NpgsqlTransaction)RelationalDependencies.Connection.CurrentTransaction!.GetDbTransaction());
        AddUpdate(batch, [.. cases.Values.Where(entry => entry.EntityState == EntityState.Modified)]);
        AddInsert(batch, [.. cases.Values.Where(entry => entry.EntityState == EntityState.Added).Select(RowOf)]);

        var rest = entries.ToHashSet();
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        do
        {
            foreach (var reference in await reader.ListAsync(row => row.GetInt64(0), cancellationToken))
            {
                rest.Remove(cases[reference]);
            }
        }
        while (await reader.NextResultAsync(cancellationToken));

        return [.. rest];
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
            CaseTable.UpdateSql,
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
                CaseTable.InsertSql,
                rows.Select(row => row.Reference).ToArray(),
                rows.Select(row => row.JsonBlob).ToArray(),
                rows.Select(row => row.Version).ToArray(),
                rows.Select(row => row.Nonce).ToArray(),
                rows.Select(row => row.CreatedAt).ToArray(),
                rows.Select(row => row.UpdatedAt).ToArray());
        }
    }

    private static bool IsSaved(IUpdateEntry entry) => entry.EntityType.ClrType == typeof(CaseData) && entry.EntityState is (EntityState.Modified or EntityState.Added);

    private static CaseData RowOf(IUpdateEntry entry) => (CaseData)entry.ToEntityEntry().Entity;
}
