using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Sets <c>global_head</c> to the number of the last event. Nothing else in the store can be computed from the rest.</summary>
internal static class HeadRepair
{
    private const string FindSql = "SELECT (SELECT max(nonce) FROM global_head), (SELECT count(*) FROM global_head), (SELECT coalesce(max(global_nonce), 0) FROM case_events)";

    private const string RepairSql = "DELETE FROM global_head; INSERT INTO global_head SELECT coalesce(max(global_nonce), 0) FROM case_events;";

    /// <summary>Finds what a repair would change.</summary>
    /// <param name="connection">The owner's.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<HeadState> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new HeadState(await reader.IsDBNullAsync(0, cancellationToken) ? null : reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    /// <summary>Repairs it while no batch can append: the table is locked until the repair is committed.</summary>
    /// <param name="connection">The owner's.</param>
    /// <param name="cancellationToken">Stops it; then nothing is changed.</param>
    public static async Task RepairAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        foreach (var sql in (string[])["LOCK TABLE global_head IN ACCESS EXCLUSIVE MODE", RepairSql])
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }
}

/// <summary>The global head and the log it belongs to.</summary>
/// <param name="Head">The head; null if there is none.</param>
/// <param name="Rows">Rows of the table; one is right.</param>
/// <param name="LastEvent">The number of the last event; 0 if there is none.</param>
internal sealed record HeadState(long? Head, long Rows, long LastEvent)
{
    public bool IsRight => Rows == 1 && Head == LastEvent;
}
