using CaseWorker.FaultTests;

[assembly: AssemblyFixture(typeof(Servers))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace CaseWorker.FaultTests;

/// <summary>The suite's own servers. One test at a time: experiments kill the servers, and bugs are caught under a load of their own.</summary>
public sealed class Servers : PrivateServers, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await StartAsync();
}
