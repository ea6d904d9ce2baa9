using CaseWorker.Cases;
using CaseWorker.Contracts;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>Reads the rows of <see cref="BatchSql"/>'s look-ups, column by column as they are selected there.</summary>
internal static class RecordedRows
{
    /// <summary>A row of <see cref="BatchSql.FindEvents"/>: the accepted command is its event.</summary>
    public static RecordedCommand Event(NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        return new RecordedCommand(id, row.GetFieldValue<byte[]>(1))
        {
            Stored = OutcomeComposer.Accepted(
                id,
                caseReference: row.GetInt64(2),
                action: row.GetString(3),
                correlationId: TextOrNull(row, 4),
                actor: TextOrNull(row, 5),
                nonce: row.GetInt64(6),
                globalNonce: row.GetInt64(7),
                version: row.GetInt64(8),
                changed: row.GetBoolean(9),
                recordedAt: row.GetFieldValue<DateTimeOffset>(10)),
        };
    }

    /// <summary>A row of <see cref="BatchSql.FindRefusals"/>.</summary>
    public static RecordedCommand Refusal(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetFieldValue<byte[]>(1))
    {
        Stored = OutcomeJson.ReadRefusal(row.GetString(2), row.GetString(3)),
    };

    /// <summary>A row of <see cref="BatchSql.FindLastEvents"/>.</summary>
    public static LastEvent LastEvent(NpgsqlDataReader row) =>
        new(row.GetInt64(1), row.GetString(2), TextOrNull(row, 3), row.GetFieldValue<DateTimeOffset>(4));

    /// <summary>A row of <see cref="BatchSql.FindLetters"/>.</summary>
    public static ParkedDeadLetter Letter(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetGuid(1), row.GetFieldValue<byte[]>(2), row.GetString(3), row.GetInt64(5), row.GetFieldValue<DateTimeOffset>(4), row.IsDBNull(6) ? null : row.GetGuid(6));

    /// <summary>A row of <see cref="BatchSql.FindLines"/>.</summary>
    public static ParkedQueue Line(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetInt64(3));

    private static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
