using CaseWorker.InteropTests;

[assembly: AssemblyFixture(typeof(Servers))]

namespace CaseWorker.InteropTests;

/// <summary>The suite's own servers. Test classes run side by side: each test has a database and a virtual host of its own.</summary>
public sealed class Servers : PrivateServers, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await StartAsync();
}
