using CaseWorker.IntegrationTests;

[assembly: AssemblyFixture(typeof(Servers))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CaseWorker.IntegrationTests;

/// <summary>The suite's own servers.</summary>
public sealed class Servers : PrivateServers, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await StartAsync();
}
