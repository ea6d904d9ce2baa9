using CaseWorker.IntegrationTests;

[assembly: AssemblyFixture(typeof(Servers))]

namespace CaseWorker.IntegrationTests;

/// <summary>
/// The suite's own servers. Test classes run side by side, as many as the machine has cores: each test has a database and a virtual host
/// of its own. Tests that stop or kill a server start their own.
/// </summary>
public sealed class Servers : PrivateServers, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await StartAsync();
}
