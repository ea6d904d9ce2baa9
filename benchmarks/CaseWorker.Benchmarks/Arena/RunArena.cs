using System.Net.Http.Json;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Configuration;
using CaseWorker.Persistence.Schema;
using CaseWorker.RabbitMq;
using CaseWorker.TestSupport;
using Npgsql;

namespace CaseWorker.Benchmarks.Arena;

/// <summary>A database and a virtual host of one run's own, with the schema, the cases and the queues in place.</summary>
internal sealed class RunArena : IAsyncDisposable
{
    private readonly PrivateServers servers;
    private readonly string host;
    private readonly CaseDatabase? own;

    private RunArena(PrivateServers servers, CaseDatabase database, string host, bool isOwner)
    {
        this.servers = servers;
        this.host = host;
        Database = database;
        own = isOwner ? database : null;
    }

    public CaseDatabase Database { get; }

    /// <summary>Whether the worker is the sample with actions of its own.</summary>
    public bool HasOwnActions { get; private init; }

    public Uri Broker => new($"{servers.Broker.GetLeftPart(UriPartial.Authority)}/{host}");

    /// <param name="servers">Running.</param>
    /// <param name="workload">What the cases are made for.</param>
    /// <param name="shared">Set: this database is used, and stays.</param>
    public static async Task<RunArena> OpenAsync(PrivateServers servers, Workload workload, CaseDatabase? shared)
    {
        var database = shared ?? await CaseDatabase.CreateAsync(servers, workload);
        var host = $"b{Guid.NewGuid():n}";
        using (var management = servers.ManagementClient())
        {
            (await management.PutAsync($"/api/vhosts/{host}", null)).EnsureSuccessStatusCode();
            (await management.PutAsJsonAsync($"/api/permissions/{host}/guest", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        }

        var arena = new RunArena(servers, database, host, isOwner: shared is null) { HasOwnActions = workload.HasOwnActions };
        await using (var connection = await new BrokerConnectionFactory(arena.Broker).ConnectAsync("caseworker benchmark"))
        {
            await using var channel = await connection.CreateChannelAsync();
            await BrokerTopology.DeclareAsync(channel, new CaseWorkerOptions());
        }

        // Every contestant begins with nothing left to write of what went before.
        await database.ExecuteAsync("CHECKPOINT");
        return arena;
    }

    /// <summary>What the contestants' processes are started with; everything else is their default.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ConnectionStrings__CaseWorker"] = Database.WorkerConnection,
        ["RabbitMq__Uri"] = Broker.ToString(),
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
    };

    public async ValueTask DisposeAsync()
    {
        using (var management = servers.ManagementClient())
        {
            await management.DeleteAsync($"/api/vhosts/{host}");
        }

        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }
}

/// <summary>A database with the schema and a workload's cases.</summary>
internal sealed class CaseDatabase : IAsyncDisposable
{
    private readonly PrivateServers servers;
    private readonly string name;

    private CaseDatabase(PrivateServers servers, string name)
    {
        this.servers = servers;
        this.name = name;
        Admin = NpgsqlDataSource.Create(With(servers.AdminConnection));
    }

    /// <summary>A superuser's view, for filling and checking.</summary>
    public NpgsqlDataSource Admin { get; }

    public string WorkerConnection => With(servers.WorkerConnection);

    public static async Task<CaseDatabase> CreateAsync(PrivateServers servers, Workload workload)
    {
        var name = $"b{Guid.NewGuid():n}";
        await ServerAsync(servers, $"CREATE DATABASE {name} OWNER caseworker_owner");
        var database = new CaseDatabase(servers, name);
        await SchemaSetup.ApplyAsync(database.With(servers.OwnerConnection), "caseworker", _ => { }, CancellationToken.None);
        if (workload.HasOwnActions)
        {
            await database.ApplyEvidenceAsync(database.With(servers.OwnerConnection));
        }

        await CaseLoad.FillAsync(database.Admin, workload);
        return database;
    }

    private async Task ApplyEvidenceAsync(string owner)
    {
        await using var apply = ChildProcess.Evidence(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["ConnectionStrings__CaseWorker"] = WorkerConnection, ["ConnectionStrings__CaseWorkerOwner"] = owner }, "db", "apply");
        await apply.SaysAsync("The schema is up to date", CancellationToken.None);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Admin.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync();
        await ServerAsync(servers, $"DROP DATABASE {name} WITH (FORCE)");
    }

    private static async Task ServerAsync(PrivateServers servers, string sql)
    {
        await using var admin = NpgsqlDataSource.Create(servers.AdminConnection);
        await using var command = admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private string With(string connection) => new NpgsqlConnectionStringBuilder(connection) { Database = name }.ConnectionString;
}
