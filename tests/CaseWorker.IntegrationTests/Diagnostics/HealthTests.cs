using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.CommandLine;
using Npgsql;
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

    /// <summary>Each part of a worker notices by itself that it can go on, and says so.</summary>
    private static Task ReadyAsync(HttpClient client, Uri path) =>
        Eventually.HoldsAsync($"{path} to be green", async () => (await client.GetAsync(path)).StatusCode is HttpStatusCode.OK);
}
