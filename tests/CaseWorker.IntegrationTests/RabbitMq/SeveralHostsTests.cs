using System.Globalization;
using CaseWorker.Client;
using CaseWorker.Contracts;
using CaseWorker.IntegrationTests.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.RabbitMq;

/// <summary>An address with two hosts of one broker, of which one is away at a time.</summary>
public sealed class SeveralHostsTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Worker_and_client_use_whichever_host_is_there()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (first, second) = (ProxiedBroker.ProxyTo(workspace), ProxiedBroker.ProxyTo(workspace));
        var broker = new UriBuilder(workspace.Through(first)) { Query = string.Create(CultureInfo.InvariantCulture, $"hosts=127.0.0.1:{second.Port}") }.Uri;
        first.Close();
        workspace.Own(await Workers.StartAsync(workspace, broker: broker));
        var client = await ClientHost.StartAsync(workspace, options => (options.Broker, options.PublishTimeout) = (broker, Patience));
        (await client.SubmitAsync(CaseCommands.Create(5, new { n = 0 }), Patience)).ShouldBeOfType<CaseAccepted>();

        first.Open();
        second.Close();
        (await SubmitAsync(client, CaseCommands.AddNote(5, "through the other host"))).ShouldBeOfType<CaseAccepted>();
    }

    /// <summary>A command may be under way on the connection that is lost. Submitted again, it gets its outcome.</summary>
    private static async Task<CaseOutcome> SubmitAsync(ICaseWorkerClient client, CaseCommand command)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await client.SubmitAsync(command, Patience);
            }
            catch (CaseCommandException) when (attempt < 20)
            {
                // Again.
            }
        }
    }
}
