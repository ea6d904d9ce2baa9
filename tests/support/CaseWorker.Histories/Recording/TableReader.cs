using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;

namespace CaseWorker.Histories.Recording;

/// <summary>Reads the tables with plain SQL.</summary>
internal static class TableReader
{
    /// <summary>A blob may be 64 deep inside a command; what is read back counts from its own root.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 100 };

    public static async Task<Tables> ReadAsync(NpgsqlDataSource database) => new()
    {
        Events = await RowsAsync(
            database,
            "SELECT global_nonce, case_reference, nonce, command_id, action, version, changed, body::text, actor, blob::text FROM case_events ORDER BY global_nonce",
            row => new EventRow(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetGuid(3), row.GetString(4), row.GetInt64(5), row.GetBoolean(6), Json(row, 7), TextOrNull(row, 8)) { Blob = row.IsDBNull(9) ? null : Json(row, 9) }),
        Refusals = await RowsAsync(database, "SELECT command_id, published::text FROM command_refusals", row => new RefusalRow(row.GetGuid(0), Json(row, 1).AsObject())),
        Cases = await RowsAsync(database, "SELECT reference, json_blob::text, version, nonce FROM case_data", row => new CaseRow(row.GetInt64(0), Json(row, 1), row.GetInt64(2), row.GetInt64(3))),
        Notes = await RowsAsync(database, "SELECT case_reference, nonce, body, author FROM case_notes", row => new NoteRow(row.GetInt64(0), row.GetInt64(1), row.GetString(2), TextOrNull(row, 3))),
        DeadLetters = await RowsAsync(database, "SELECT command_id, detail FROM dead_letters ORDER BY id", row => new DeadLetterRow(row.IsDBNull(0) ? null : row.GetGuid(0), row.GetString(1))),
        GlobalHead = (await RowsAsync(database, "SELECT nonce FROM global_head", row => row.GetInt64(0))).Single(),
    };

    private static async Task<List<T>> RowsAsync<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> read)
    {
        var rows = new List<T>();
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static JsonNode Json(NpgsqlDataReader row, int column) => JsonNode.Parse(row.GetString(column), documentOptions: Deep)!;

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
