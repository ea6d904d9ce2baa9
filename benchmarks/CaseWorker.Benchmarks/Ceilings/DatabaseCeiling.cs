using System.Diagnostics;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Benchmarks.Traffic;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Benchmarks.Ceilings;

/// <summary>
/// What the database and its driver can do at most: CaseWorker's statements, prepared, straight from Npgsql, with arguments that were made
/// beforehand. No broker, no EF Core, nothing is parsed or decided while it is measured. Says when it began and when the last batch was committed.
/// </summary>
internal static class DatabaseCeiling
{
    private const int BatchWorkers = 4;

    public static async Task<int> RunAsync(string planFile)
    {
        var connection = Environment.GetEnvironmentVariable("ConnectionStrings__CaseWorker") ?? throw new BenchmarkException("ConnectionStrings__CaseWorker is not set.");
        await using var database = CaseWorkerDataSource.Connect(connection, findsByKey: true);
        var workers = await ReadyBatches.MakeAsync(database, PlanFile.Read(planFile), BatchWorkers);
        var connections = new List<NpgsqlConnection>();
        for (var worker = 0; worker < BatchWorkers; worker++)
        {
            connections.Add(await database.OpenConnectionAsync());
        }

        await Console.Out.WriteLineAsync(ChildProcess.SignOfStart);
        await Console.In.ReadLineAsync();
        await SayAsync();
        await Task.WhenAll(workers.Select((batches, worker) => RunLaneAsync(connections[worker], batches)));
        await SayAsync();

        // Stays until it was measured.
        await Console.In.ReadLineAsync();
        foreach (var one in connections)
        {
            await one.DisposeAsync();
        }

        return 0;
    }

    private static Task SayAsync() => Console.Out.WriteLineAsync(TrafficJson.Write(new TrafficAnswer { At = Stopwatch.GetTimestamp() }));

    private static async Task RunLaneAsync(NpgsqlConnection connection, IReadOnlyList<ReadyBatch> batches)
    {
        foreach (var batch in batches)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            var recordedAt = await OpenAsync(connection, transaction, batch);
            await using var write = batch.Write(recordedAt);
            (write.Connection, write.Transaction) = (connection, transaction);
            await write.ExecuteNonQueryAsync();
            await transaction.CommitAsync();
        }
    }

    private static async Task<DateTimeOffset> OpenAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, ReadyBatch batch)
    {
        await using var open = batch.Open();
        (open.Connection, open.Transaction) = (connection, transaction);
        await using var reader = await open.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.ReadAsync();
        var recordedAt = await reader.GetFieldValueAsync<DateTimeOffset>(0);
        do
        {
            while (await reader.ReadAsync())
            {
                // A worker would use what it reads; here it only has to come over the wire.
            }
        }
        while (await reader.NextResultAsync());

        return recordedAt;
    }
}
