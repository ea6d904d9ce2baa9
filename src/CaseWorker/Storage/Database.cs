using Npgsql;

namespace CaseWorker.Storage;

/// <summary>How the worker connects: as the least role, with statements prepared, and quick to notice a dead server.</summary>
internal static class Database
{
    /// <param name="connectionString">Npgsql syntax; what it sets wins over the defaults here.</param>
    public static NpgsqlDataSource Connect(string connectionString)
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
        builder.UsePhysicalConnectionInitializer(StepDown, StepDownAsync);
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

    private static void StepDown(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(StepDownSql, connection);
        command.ExecuteNonQuery();
    }

    private static async Task StepDownAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(StepDownSql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
