using System.Net.Http.Json;
using CaseWorker.Configuration;
using CaseWorker.Persistence.Schema;
using CaseWorker.RabbitMq;
using Npgsql;
using RabbitMQ.Client;

namespace CaseWorker.TestSupport;

/// <summary>A database and a virtual host of one test's own.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    private readonly PrivateServers servers;
    private readonly string name;
    private readonly List<IAsyncDisposable> owned = [];

    private Workspace(PrivateServers servers, string name, int slots)
    {
        this.servers = servers;
        this.name = name;
        Slots = slots;
        Database = NpgsqlDataSource.Create(With(servers.AdminConnection));
    }

    public int Slots { get; }

    /// <summary>A superuser's view, for looking.</summary>
    public NpgsqlDataSource Database { get; }

    public string OwnerConnection => With(servers.OwnerConnection);

    public string WorkerConnection => With(servers.WorkerConnection);

    public Uri Broker => new($"{servers.Broker.GetLeftPart(UriPartial.Authority)}/{name}");

    /// <summary>Where the broker's management plugin answers, with name and password.</summary>
    public string Management => servers.Management.GetLeftPart(UriPartial.Authority);

    public static async Task<Workspace> CreateAsync(PrivateServers servers, int slots = 4, bool schema = true)
    {
        var name = $"t{Guid.NewGuid():n}";
        await using (var admin = NpgsqlDataSource.Create(servers.AdminConnection))
        await using (var create = admin.CreateCommand($"CREATE DATABASE {name} OWNER caseworker_owner"))
        {
            await create.ExecuteNonQueryAsync();
        }

        using (var management = servers.ManagementClient())
        {
            (await management.PutAsync($"/api/vhosts/{name}", null)).EnsureSuccessStatusCode();
            (await management.PutAsJsonAsync($"/api/permissions/{name}/guest", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        }

        var workspace = new Workspace(servers, name, slots);
        if (schema)
        {
            await SchemaSetup.ApplyAsync(workspace.OwnerConnection, "caseworker", _ => { }, CancellationToken.None);
        }

        return workspace;
    }

    /// <summary>Disposed with the workspace, the last first.</summary>
    public T Own<T>(T thing)
        where T : IAsyncDisposable
    {
        owned.Add(thing);
        return thing;
    }

    /// <summary>Makes exchanges and queues as the worker does, so that commands can be queued before one starts.</summary>
    public async Task DeclareQueuesAsync()
    {
        await using var connection = await BrokerConnection.OpenAsync(Broker);
        await using var channel = await connection.CreateChannelAsync();
        await BrokerTopology.DeclareAsync(channel, new CaseWorkerOptions { Slots = Slots });
    }

    public async Task<Publisher> PublisherAsync() => Own(await Publisher.ConnectAsync(this));

    public async Task<Inbox> InboxAsync() => Own(await Inbox.OpenAsync(this));

    public async Task<CommandTap> TapAsync() => Own(await CommandTap.OpenAsync(this));

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Looks at the database until it is as expected; for states that nobody signals.</summary>
    public Task UntilAsync(string sql, Func<long, bool> isMet, int seconds = 60) =>
        Eventually.HoldsAsync(sql, async () => isMet(await ScalarAsync<long>(sql)), seconds);

    /// <summary>Every slot is held, by so many workers, none with two more than another.</summary>
    public Task EvenAsync(int workers) => UntilAsync(
        $"""
        SELECT count(*) FROM (
          SELECT count(*) FILTER (WHERE owner IS NULL) AS free, count(DISTINCT owner) AS workers FROM slot_leases) AS held,
          (SELECT max(slots) - min(slots) AS apart FROM (SELECT count(*) AS slots FROM slot_leases GROUP BY owner) AS share) AS spread
        WHERE free = 0 AND workers = {workers} AND apart <= 1
        """,
        count => count == 1,
        seconds: 90);

    public Task<long> CountAsync(string table) => ScalarAsync<long>($"SELECT count(*) FROM {table}");

    /// <summary>Messages that wait in a queue, by the broker's own count over AMQP.</summary>
    public async Task<uint> ReadyAsync(string queue) => (await LookAsync([queue])).Single().MessageCount;

    /// <summary>Ready messages and consumers of some queues; what a consumer holds unacknowledged is not counted.</summary>
    public async Task<IReadOnlyList<QueueDeclareOk>> LookAsync(IEnumerable<string> queues)
    {
        await using var connection = await BrokerConnection.OpenAsync(Broker);
        await using var channel = await connection.CreateChannelAsync();
        var found = new List<QueueDeclareOk>();
        foreach (var queue in queues)
        {
            found.Add(await channel.QueueDeclarePassiveAsync(queue));
        }

        return found;
    }

    /// <summary>Looks at a queue until this many messages wait in it.</summary>
    public Task UntilReadyAsync(string queue, uint count, int seconds = 60) => UntilReadyAsync(queue, ready => ready == count, $"{count} messages", seconds);

    /// <summary>Looks at a queue until as many messages wait in it as expected.</summary>
    public async Task UntilReadyAsync(string queue, Func<uint, bool> isMet, string what, int seconds = 60)
    {
        var ready = 0u;
        await Eventually.HoldsAsync(() => $"{what} in {queue}; it has {ready}.", async () => isMet(ready = await ReadyAsync(queue)), TimeSpan.FromSeconds(seconds));
    }

    /// <summary>What the program's own processes are started with.</summary>
    public IReadOnlyDictionary<string, string> Environment(int batchLimit = 400) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["ConnectionStrings__CaseWorker"] = WorkerConnection,
        ["ConnectionStrings__CaseWorkerOwner"] = OwnerConnection,
        ["RabbitMq__Uri"] = Broker.ToString(),
        ["CaseWorker__Slots"] = Slots.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["CaseWorker__BatchLimit"] = batchLimit.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
    };

    public async ValueTask DisposeAsync()
    {
        for (var i = owned.Count - 1; i >= 0; i--)
        {
            await owned[i].DisposeAsync();
        }

        await Database.DisposeAsync();
        await DeleteVirtualHostAsync();
        await using var admin = NpgsqlDataSource.Create(servers.AdminConnection);
        await using var drop = admin.CreateCommand($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        await drop.ExecuteNonQueryAsync();
    }

    /// <summary>For the next test's sake only: the broker's own end removes it too.</summary>
    private async Task DeleteVirtualHostAsync()
    {
        try
        {
            using var management = servers.ManagementClient();
            await management.DeleteAsync($"/api/vhosts/{name}");
        }
        catch (HttpRequestException)
        {
            // After a restart the management plugin answers later than the broker.
        }
    }

    private string With(string connection) => new NpgsqlConnectionStringBuilder(connection) { Database = name, Pooling = true, IncludeErrorDetail = true }.ConnectionString;
}
