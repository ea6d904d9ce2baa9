using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using CaseWorker.IntegrationTests.CommandLine;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shouldly;

namespace CaseWorker.IntegrationTests.Diagnostics;

/// <summary>What a load balancer or an orchestrator asks.</summary>
public sealed class HealthTests(Servers servers)
{
    [Fact]
    public async Task Readiness_is_red_while_the_database_is_away_and_green_when_it_is_back()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using var proxy = NetworkProxy.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        proxy.Open();
        var connection = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", connection)), "run");
        await worker.StartedAsync();
        using var client = new HttpClient { BaseAddress = await worker.AddressAsync() };
        (await client.GetAsync("/livez")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var green = await client.GetAsync("/readyz");
        green.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await green.Content.ReadFromJsonAsync<JsonObject>())!["status"]!.GetValue<string>().ShouldBe("Healthy");

        proxy.Close();
        var command = CommandJson.Create(4);
        await (await workspace.PublisherAsync()).SendAsync(command);
        await worker.SaysAsync("nothing is lost");
        using var red = await client.GetAsync("/readyz");
        red.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await red.Content.ReadFromJsonAsync<JsonObject>())!["checks"]!["processing"]!["description"]!.GetValue<string>().ShouldStartWith("batch worker ");
        (await client.GetAsync("/livez")).StatusCode.ShouldBe(HttpStatusCode.OK, "killing it would not help");
        inbox.All.ShouldBeEmpty();

        proxy.Open();
        (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");
        await ReadyAsync(client, new Uri("/readyz", UriKind.Relative));
        inbox.All.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Readiness_is_red_while_a_queue_cannot_be_consumed_and_names_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace), "run");
        await worker.StartedAsync();
        using var client = new HttpClient { BaseAddress = await worker.AddressAsync() };
        var ready = new Uri("/readyz", UriKind.Relative);
        await ReadyAsync(client, ready);
        var queue = CaseTopology.QueueOf(2);
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await Eventually.HoldsAsync($"{queue} to be a classic queue", () => ReplaceAsync(connection, queue));

        await Eventually.HoldsAsync($"{ready} to be red", async () => (await client.GetAsync(ready)).StatusCode is HttpStatusCode.ServiceUnavailable);
        await Eventually.HoldsAsync("the reason to be told", async () =>
        {
            using var red = await client.GetAsync(ready);
            var slots = (await red.Content.ReadFromJsonAsync<JsonObject>())!["checks"]!["slots"]!;
            return slots["status"]!.GetValue<string>() is "Unhealthy" && slots["description"]!.GetValue<string>().Contains($"not consumed: {queue} (PRECONDITION_FAILED", StringComparison.Ordinal);
        });

        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queue);
        await ReadyAsync(client, ready);
    }

    [Fact]
    public async Task Two_workers_on_one_machine_both_start()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var first = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ASPNETCORE_URLS", null)), "run");
        await first.StartedAsync();
        await using var second = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ASPNETCORE_URLS", null)), "run");
        await second.StartedAsync();

        (await first.AddressAsync()).ShouldNotBe(await second.AddressAsync());
        using var client = new HttpClient();
        foreach (var worker in new[] { first, second })
        {
            await ReadyAsync(client, new Uri(await worker.AddressAsync(), "/readyz"));
        }
    }

    /// <summary>False if the worker declared the queue again in between.</summary>
    private static async Task<bool> ReplaceAsync(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync(queue);
        try
        {
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    /// <summary>Each part of a worker notices by itself that it can go on, and says so.</summary>
    private static Task ReadyAsync(HttpClient client, Uri path) =>
        Eventually.HoldsAsync($"{path} to be green", async () => (await client.GetAsync(path)).StatusCode is HttpStatusCode.OK);
}
