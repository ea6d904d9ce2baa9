using Npgsql;
using NpgsqlTypes;

namespace CaseWorker.Persistence;

/// <summary>Positional parameters for a batch's statements.</summary>
internal static class BatchExtensions
{
    public static NpgsqlBatch Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<object?> values)
    {
        batch.BatchCommands.Add(NewCommand(sql, values));
        return batch;
    }

    /// <summary>A statement and its parameters $1, $2 …</summary>
    public static NpgsqlBatchCommand NewCommand(string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value ?? DBNull.Value };
            if (value is null)
            {
                // A bare NULL has no type; every nullable single value here is a text, an id or a reference that PostgreSQL infers.
                parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
            }

            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>One statement by itself, in the connection's transaction where it has one.</summary>
    /// <returns>Rows that were changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, object?[] values, CancellationToken cancellationToken = default)
    {
        await using var batch = new NpgsqlBatch(connection);
        return await batch.Add(sql, values).ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>One statement that gives one value, never NULL.</summary>
    public static async Task<T> AskAsync<T>(this NpgsqlConnection connection, string sql, object?[] values, CancellationToken cancellationToken = default)
    {
        await using var batch = new NpgsqlBatch(connection);
        return (T)(await batch.Add(sql, values).ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>One statement's rows.</summary>
    public static async Task<List<T>> ListAsync<T>(this NpgsqlConnection connection, string sql, object?[] values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken = default)
    {
        await using var batch = new NpgsqlBatch(connection);
        await using var reader = await batch.Add(sql, values).ExecuteReaderAsync(cancellationToken);
        return await reader.ListAsync(read, cancellationToken);
    }

    /// <summary>What is left of the current statement's rows.</summary>
    public static async Task<List<T>> ListAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken = default)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>A column of text that may be NULL.</summary>
    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
