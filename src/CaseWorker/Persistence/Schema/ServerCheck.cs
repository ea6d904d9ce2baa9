using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>What the worker's promises rest on besides its schema: the server's version, encoding and durability.</summary>
internal static class ServerCheck
{
    /// <summary>The oldest PostgreSQL that is tested.</summary>
    private const int OldestServer = 15;

    private const string EncodingSql = """
        SELECT 'The database is encoded in ' || current_setting('server_encoding') || '. Commands may hold any Unicode text: use a database with encoding UTF8.'
        WHERE current_setting('server_encoding') <> 'UTF8'
        """;

    private const string DurabilitySql = """
        SELECT 'synchronous_commit is off for this login: a crash of the server can lose commands that were answered. Set it to on.'
        WHERE current_setting('synchronous_commit') = 'off'
        UNION ALL
        SELECT 'fsync is off: a crash of the server''s machine can lose or damage all data. Set it to on.'
        WHERE current_setting('fsync') = 'off'
        UNION ALL
        SELECT 'full_page_writes is off: a crash of the server''s machine can damage the data. Set it to on.'
        WHERE current_setting('full_page_writes') = 'off'
        UNION ALL
        SELECT 'The server is a standby. The worker waits until it is promoted.'
        WHERE pg_is_in_recovery()
        """;

    /// <summary>What keeps the worker from starting, a sentence each.</summary>
    public static async Task<IReadOnlyList<string>> FindProblemsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var problems = await connection.ListAsync(EncodingSql, [], row => row.GetString(0), cancellationToken);
        return connection.PostgreSqlVersion.Major < OldestServer
            ? [$"PostgreSQL {connection.PostgreSqlVersion} is too old; {OldestServer} or newer is needed.", .. problems]
            : problems;
    }

    /// <summary>What weakens the promises, a sentence each.</summary>
    public static async Task<IReadOnlyList<string>> FindWarningsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ListAsync(DurabilitySql, [], row => row.GetString(0), cancellationToken);
}
