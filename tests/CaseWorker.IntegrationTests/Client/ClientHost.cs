using CaseWorker.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>An application that publishes with the client package, and with nothing of the worker's.</summary>
internal sealed class ClientHost : IAsyncDisposable
{
    private readonly IHost host;

    private ClientHost(IHost host) => this.host = host;

    public ICaseWorkerClient Client => host.Services.GetRequiredService<ICaseWorkerClient>();

    public static async Task<ICaseWorkerClient> StartAsync(Workspace workspace, Action<CaseWorkerClientOptions>? configure = null) =>
        workspace.Own(await CreateAsync(workspace, configure)).Client;

    /// <summary>For the caller to dispose of.</summary>
    public static async Task<ClientHost> CreateAsync(Workspace workspace, Action<CaseWorkerClientOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddCaseWorkerClient(options =>
        {
            options.Broker = workspace.Broker;
            options.Slots = workspace.Slots;
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync();
        return new ClientHost(host);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}

/// <summary>The broker behind a proxy.</summary>
internal static class ProxiedBroker
{
    public static NetworkProxy ProxyTo(Workspace workspace)
    {
        var proxy = workspace.Own(NetworkProxy.To(workspace.Broker.Port));
        proxy.Open();
        return proxy;
    }

    public static Uri Through(this Workspace workspace, NetworkProxy proxy) => new UriBuilder(workspace.Broker) { Port = proxy.Port }.Uri;
}
