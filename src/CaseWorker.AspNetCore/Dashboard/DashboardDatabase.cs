using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>The page's own few connections: whoever looks, and however much, the batch workers never wait for one.</summary>
internal sealed class DashboardDatabase(ConnectionSettings settings) : IAsyncDisposable
{
    private readonly NpgsqlDataSource database = CaseWorkerDataSource.Connect(
        new NpgsqlConnectionStringBuilder(settings.Database) { Pooling = true, MinPoolSize = 0, MaxPoolSize = 4, Timeout = 3, CommandTimeout = 8, CancellationTimeout = 500, ApplicationName = "caseworker-ops" }.ConnectionString);

    public async Task<List<T>> ListAsync<T>(string sql, object?[] values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ListAsync(sql, values, read, cancellationToken);
    }

    public NpgsqlDataSource Source => database;

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
