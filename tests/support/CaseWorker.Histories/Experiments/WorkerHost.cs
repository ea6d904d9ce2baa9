using System.Globalization;
using Npgsql;

namespace CaseWorker.Histories.Experiments;

/// <summary>A worker's place: the process that works there now, with a proxy of its own before each server.</summary>
internal sealed class WorkerHost : IAsyncDisposable
{
    private readonly Workspace workspace;
    private WorkerProcess? worker;

    public WorkerHost(Workspace workspace)
    {
        this.workspace = workspace;
        Database = NetworkProxy.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        Broker = NetworkProxy.To(workspace.Broker.Port);
        Database.Open();
        Broker.Open();
    }

    /// <summary>Between this worker and PostgreSQL.</summary>
    public NetworkProxy Database { get; }

    /// <summary>Between this worker and RabbitMQ.</summary>
    public NetworkProxy Broker { get; }

    public WorkerProcess Worker => worker ?? throw new InvalidOperationException("No worker was started.");

    /// <summary>Whether a worker is running.</summary>
    public bool IsRunning => worker is { HasExited: false };

    /// <summary>What the last worker printed.</summary>
    public string Output => worker?.Output ?? "";

    /// <summary>Starts a worker and waits until it says that it is started.</summary>
    public async Task StartAsync()
    {
        await EndAsync();
        var environment = workspace.Environment(batchLimit: 50).ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        environment["ConnectionStrings__CaseWorker"] = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = Database.Port }.ConnectionString;
        environment["RabbitMq__Uri"] = new UriBuilder(workspace.Broker) { Port = Broker.Port }.Uri.ToString();
        worker = WorkerProcess.CaseWorker(environment, "run");
        await worker.StartedAsync();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        Worker.Kill();
        await Worker.ExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    /// <exception cref="InvalidOperationException">It did not end as it should.</exception>
    public async Task StopAsync()
    {
        Worker.Terminate();
        if (await Worker.ExitAsync(seconds: 60) is not 0 and var code)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"A worker that was asked to stop ended with {code}"));
        }
    }

    /// <summary>
    /// Waits until the worker, whose slots others have taken, has its share again. If it ends because it lost them while it consumed, which can be a while after
    /// it is back, this starts another, as a supervisor does.
    /// </summary>
    /// <param name="workers">All workers of the experiment.</param>
    public async Task ComeBackAsync(int workers)
    {
        var even = workspace.EvenAsync(workers);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!even.IsCompleted)
        {
            if (Worker.HasExited)
            {
                await StartAsync();
            }

            await look.WaitForNextTickAsync();
        }

        await even;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Database.DisposeAsync();
        await Broker.DisposeAsync();
    }

    private ValueTask EndAsync() => worker?.DisposeAsync() ?? ValueTask.CompletedTask;
}
