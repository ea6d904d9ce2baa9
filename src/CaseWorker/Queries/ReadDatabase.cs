using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>A few connections for people and programs that only read: however much they read, batch workers never wait for a connection.</summary>
internal sealed class ReadDatabase(ConnectionSettings settings) : IAsyncDisposable
{
    private readonly NpgsqlDataSource database = CaseWorkerDataSource.Connect(
        new NpgsqlConnectionStringBuilder(settings.Database) { Pooling = true, MinPoolSize = 0, MaxPoolSize = 4, Timeout = 3, CommandTimeout = 8, CancellationTimeout = 500, ApplicationName = "caseworker-ops" }.ConnectionString);

    public NpgsqlDataSource Source => database;

    public async Task<T> ReadAsync<T>(Func<NpgsqlConnection, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await read(connection);
    }

    public async Task<List<T>> ListAsync<T>(string sql, object?[] values, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ListAsync(sql, values, read, cancellationToken);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();
}
