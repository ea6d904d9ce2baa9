using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>What a batch asks of its database session, apart from its tables.</summary>
internal static class DatabaseSession
{
    private const string ClockSql = "SELECT clock_timestamp()";

    private const string KeepAliveSql = "SELECT 1";

    /// <summary>The time by the database's clock.</summary>
    public static PendingRows<DateTimeOffset> ReadClock(StatementPipeline pipeline) => pipeline.Query(ClockSql, row => row.GetFieldValue<DateTimeOffset>(0));

    /// <summary>The server ends a transaction that is idle for five seconds, which is how it recovers from a worker that was stopped in the middle of a batch.</summary>
    public static async Task KeepAliveAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        try
        {
            await using var command = new NpgsqlCommand(KeepAliveSql, connection, transaction);
            await command.ExecuteNonQueryAsync();
        }
        catch (NpgsqlOperationInProgressException)
        {
            // An action is running a query of its own: the connection is not idle.
        }
    }
}
