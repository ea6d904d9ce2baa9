using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Compares columns with the catalogue by the identity of their types: how the catalogue prints a type's name depends on the session's settings.</summary>
internal static class ColumnCheck
{
    /// <summary>The modifier, as in <c>numeric(10,2)</c>, is printed the same under every setting.</summary>
    private const string FindSql = """
        SELECT wanted.relation || '.' || wanted.name || ' ' || wanted.type
        FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (relation, name, type)
        WHERE NOT EXISTS (
          SELECT FROM pg_attribute
          WHERE attrelid = to_regclass(wanted.relation) AND attname = wanted.name AND atttypid = to_regtype(wanted.type)
            AND substring(format_type(atttypid, atttypmod) FROM '[(].*[)]') IS NOT DISTINCT FROM substring(wanted.type FROM '[(].*[)]'))
        """;

    /// <summary>Columns that are missing or have another type, as <c>table.column type</c>.</summary>
    /// <param name="connection">Its search path finds the tables.</param>
    /// <param name="columns">Tables as SQL writes them; columns; types as SQL writes them.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    public static Task<List<string>> FindMissingAsync(NpgsqlConnection connection, IReadOnlyList<(string Table, string Column, string Type)> columns, CancellationToken cancellationToken) =>
        connection.ListAsync(
            FindSql,
            [columns.Select(column => column.Table).ToArray(), columns.Select(column => column.Column).ToArray(), columns.Select(column => column.Type).ToArray()],
            row => row.GetString(0),
            cancellationToken);
}
