using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Persistence;

/// <summary>Somebody's old snapshot keeps all versions of the row <c>global_head</c>. The next update must not read them.</summary>
public sealed class GlobalHeadTests(Servers servers)
{
    private const int Commits = 3_000;

    [Fact]
    public async Task An_update_reads_as_little_after_thousands_of_commits_under_an_old_snapshot_as_before()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var report = await workspace.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var snapshot = await report.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, TestContext.Current.CancellationToken);
        await using (var look = new NpgsqlCommand("SELECT nonce FROM global_head", report, snapshot))
        {
            await look.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }

        await using var connection = await workspace.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync(connection, "SET enable_seqscan = off");
        var first = await UpdateAsync(connection, lastSeen: -1);
        await ExecuteAsync(connection, $"DO $$ BEGIN FOR i IN 1..{Commits} LOOP UPDATE global_head SET nonce = nonce + 1 WHERE nonce > i - 1; COMMIT; END LOOP; END $$");
        var last = await UpdateAsync(connection, lastSeen: Commits);

        last.ShouldBeLessThan(first + 20, "pages; the versions fill about a hundred");
        (await workspace.ScalarAsync<long>("SELECT nonce FROM global_head")).ShouldBe(Commits + 2);
    }

    /// <summary>Pages that an update reads.</summary>
    private static async Task<int> UpdateAsync(NpgsqlConnection connection, long lastSeen)
    {
        await using var command = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) UPDATE global_head SET nonce = nonce + 1 WHERE nonce > {lastSeen}", connection);
        var plan = JsonNode.Parse((string)(await command.ExecuteScalarAsync())!)![0]!["Plan"]!;
        return (int)plan["Shared Hit Blocks"]! + (int)plan["Shared Read Blocks"]!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
