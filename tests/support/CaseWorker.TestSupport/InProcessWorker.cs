using System.Globalization;
using CaseWorker.Configuration;
using CaseWorker.Processing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.TestSupport;

/// <summary>The worker inside this process, for tests that hold it at a certain point or replace a part of it.</summary>
internal sealed class InProcessWorker : IAsyncDisposable
{
    private readonly IHost host;

    private InProcessWorker(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    /// <param name="workspace">Its servers.</param>
    /// <param name="configure">Before the worker's own services are registered.</param>
    /// <param name="replace">After that: what is registered here takes the place of the worker's own.</param>
    /// <param name="broker">Where it finds the broker, when not there.</param>
    public static async Task<InProcessWorker> StartAsync(
        Workspace workspace,
        Action<IHostApplicationBuilder>? configure = null,
        Action<IServiceCollection>? replace = null,
        Uri? broker = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["CaseWorker:Slots"] = workspace.Slots.ToString(CultureInfo.InvariantCulture),
        });
        configure?.Invoke(builder);
        builder.Services.AddSingleton(new LeaseLostHandler(reason => throw new InvalidOperationException(reason))); // it would end the tests with it
        builder.Services.AddCaseWorker(builder.Configuration, () => new ConnectionSettings(workspace.WorkerConnection, broker ?? workspace.Broker));
        replace?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync();
        return new InProcessWorker(host);
    }

    public Task StopAsync() => host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
