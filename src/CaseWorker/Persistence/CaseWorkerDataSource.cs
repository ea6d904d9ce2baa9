using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>How the worker connects: as the least role, with statements prepared, and quick to notice a dead server.</summary>
internal static class CaseWorkerDataSource
{
    /// <param name="connectionString">Npgsql syntax; what it sets wins over the defaults here.</param>
    /// <param name="findsByKey">Set for who asks for nothing but rows by their keys, as batches do.</param>
    public static NpgsqlDataSource Connect(string connectionString, bool findsByKey = false)
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.ApplicationName = given.ApplicationName ?? "caseworker";
        settings.MaxAutoPrepare = given.MaxAutoPrepare > 0 ? given.MaxAutoPrepare : 100;
        settings.AutoPrepareMinUsages = 2;
        settings.KeepAlive = given.KeepAlive > 0 ? given.KeepAlive : 15;

        // The role set below must outlive a connection's return to the pool, and the worker leaves no other state behind.
        settings.NoResetOnClose = true;
        var sql = findsByKey ? StepDownSql + ";" + ByKeySql : StepDownSql;
        builder.UsePhysicalConnectionInitializer(connection => Execute(connection, sql), connection => ExecuteAsync(connection, sql));
        return builder.Build();
    }

    /// <summary>
    /// A login that may do more (an owner, a superuser) works as the application's role all the same, where it can. And the locks of a
    /// process that was stopped in the middle of a batch must not hold up those that take its slots over.
    /// </summary>
    private const string StepDownSql = $"""
        SELECT set_config('idle_in_transaction_session_timeout', '5s', false);
        SELECT set_config('role', rolname, false) FROM pg_roles
        WHERE rolname = '{Roles.Application}' AND pg_has_role(session_user, oid, 'MEMBER')
        """;

    /// <summary>
    /// Prepared statements keep the plan that was best when they were prepared. On a young table that is a sequential scan, and it stays
    /// one while the table grows, until the next ANALYZE: under load from the first minute, batches took longer and longer. The
    /// penalty on such scans must not make PostgreSQL think that compiling the plan is worth it.
    /// </summary>
    private const string ByKeySql = """
        SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)
        """;

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
